"""The JSON interface, on a fake searcher."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from lookalike.catalog.probe import probe
from lookalike.kit.images.decode import MAX_PIXELS
from lookalike.kit.images.look import Look
from lookalike.tools.search.answer import Answer
from lookalike.tools.serve.access import HEADERS
from lookalike.tools.serve.app import build_app
from lookalike.tools.serve.limits import Limits

URL = "http://127.0.0.1:8000"
FIRST = "people/face 00.png"
OUTSIDE = [
    "../me & you.jpg",
    "people/../../me & you.jpg",
    "/etc/passwd",
    "..\\me & you.jpg",
    "%2e%2e/me & you.jpg",
    "people/face 00.png\0.txt",
    "people",
    "",
]


@pytest.fixture
def client(searcher) -> TestClient:
    return TestClient(build_app(searcher), base_url=URL, raise_server_exceptions=False)


def ask(client: TestClient, body: bytes | Iterator[bytes], system: str = "sface", **fields: object):
    return client.post("/api/search", content=body, params={"system": system, **fields})


def test_a_photo_is_answered(client: TestClient, photo: Path) -> None:
    answer = ask(client, photo.read_bytes(), top=3).json()
    assert (answer["system"], answer["width"], answer["height"]) == ("sface", 80, 100)
    assert answer["face"]["box"] == [20, 10, 60, 70]
    assert np.shape(answer["face"]["landmarks"]) == (5, 2)
    assert [match["rank"] for match in answer["matches"]] == [1, 2, 3]
    assert answer["matches"][0] == {
        "rank": 1,
        "id": FIRST,
        "score": 0.9,
        "probability": 0.95,
        "interval": [None, None],
    }


def test_ten_are_shown_unless_told_otherwise(client: TestClient, photo: Path) -> None:
    assert len(ask(client, photo.read_bytes()).json()["matches"]) == 10


def test_a_gallery_image_is_answered(client: TestClient) -> None:
    answer = client.get("/api/search", params={"image": FIRST, "system": "sface", "top": 3}).json()
    assert [match["id"] for match in answer["matches"]] == [f"people/face {n:02}.png" for n in (1, 2, 3)]
    assert answer["face"] is None
    assert answer["matches"][0]["probability"] is None


def test_the_photo_is_private_while_it_is_searched_and_gone_after(
    client: TestClient, searcher, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noting(path: Path, unwanted: Callable[[], bool]) -> Look:
        searcher.photos.append(path)
        searcher.modes.append(path.stat().st_mode & 0o777)
        return probe(path, unwanted)

    monkeypatch.setattr("lookalike.tools.serve.service.probe", noting)
    ask(client, photo.read_bytes())
    ask(client, b"not an image")
    # The sound one is looked at and searched, the other one looked at alone.
    assert searcher.modes == [0o600, 0o600, 0o600]
    assert not any(path.exists() for path in searcher.photos)


def test_two_searches_run_at_a_time(searcher, photo: Path) -> None:
    body = photo.read_bytes()
    with TestClient(build_app(searcher), base_url=URL) as client, ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: ask(client, body), range(6)))
    assert [reply.status_code for reply in replies] == [200] * 6
    assert searcher.most_at_once == 2


def test_the_page_answers_while_a_search_runs(searcher, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end, search = threading.Event(), threading.Event(), searcher.search_photo

    def slow(*asked: object) -> Answer:
        begun.set()
        assert may_end.wait(30)
        return search(*asked)

    monkeypatch.setattr(searcher, "search_photo", slow)
    with TestClient(build_app(searcher), base_url=URL) as client, ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, client, photo.read_bytes())
        assert begun.wait(30)
        assert client.get("/api/card", params={"image": FIRST}).status_code == 200
        assert not running.done()
        may_end.set()
        assert running.result().status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_is_counted_as_it_comes(searcher, chunked: bool) -> None:
    client = TestClient(build_app(searcher, limits=Limits(upload_bytes=1000)), base_url=URL)
    reply = ask(client, (bytes(100) for _ in range(11)) if chunked else bytes(1100))
    assert reply.status_code == 413
    assert "larger than 0.001 MB" in reply.json()["error"]
    assert searcher.photos == []


def test_a_declared_length_is_not_believed(searcher, photo: Path) -> None:
    client = TestClient(build_app(searcher, limits=Limits(upload_bytes=1000)), base_url=URL)
    reply = client.post("/api/search?system=sface", content=bytes(1100), headers={"Content-Length": "10"})
    assert reply.status_code == 413


def bomb() -> bytes:
    buffer = io.BytesIO()
    side = int(MAX_PIXELS**0.5) + 1
    Image.new("1", (side, side)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (lambda photo: b"hello", 415, "the photo: not an image"),
        (lambda photo: b"", 422, "the photo: empty file"),
        (lambda photo: photo[: len(photo) // 2], 422, "the photo: "),
        (lambda photo: b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not an image"),
        (lambda photo: bomb(), 413, "too many pixels"),
    ],
)
def test_what_is_no_photo_is_refused(client: TestClient, photo: Path, body, status: int, told: str) -> None:
    reply = ask(client, body(photo.read_bytes()))
    assert reply.status_code == status
    assert told in reply.json()["error"]
    assert "/" not in reply.json()["error"].split(";")[0]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"system": "nosuch"}, "unknown model 'nosuch'; the run has dlib, sface"),
        ({"top": 0}, "top: "),
        ({"top": 51}, "50 images at most"),
        ({"top": "many"}, "top: "),
    ],
)
def test_what_cannot_be_asked_is_refused(client: TestClient, photo: Path, fields: dict, told: str) -> None:
    for reply in (
        ask(client, photo.read_bytes(), **fields),
        client.get("/api/search", params={"image": FIRST, "system": "sface", **fields}),
    ):
        assert reply.status_code == 422
        assert told in reply.json()["error"]


def test_an_unforeseen_error_is_told_without_its_text(client: TestClient, searcher, photo: Path) -> None:
    searcher.systems += ("broken",)
    reply = ask(client, photo.read_bytes(), system="broken")
    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert "terminal" in reply.json()["error"]
    assert {name: reply.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("image", OUTSIDE)
@pytest.mark.parametrize("path", ["/api/card", "/api/picture", "/api/search"])
def test_only_images_of_the_gallery_leave(client: TestClient, path: str, image: str) -> None:
    reply = client.get(path, params={"image": image, "system": "sface"})
    assert reply.status_code == 404
    assert "the gallery has no image" in reply.json()["error"]


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/docs", "/openapi.json"]
)
def test_no_other_file_leaves(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(("path", "longest"), [("/api/card", 320), ("/api/picture", 600)])
def test_pictures_are_bounded_and_drawn_anew(client: TestClient, path: str, longest: int) -> None:
    reply = client.get(path, params={"image": FIRST})
    assert reply.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(reply.content)) as picture:
        assert picture.format == "WEBP"
        assert picture.size == (longest, longest * 2 // 3)


def test_a_card_follows_its_file(client: TestClient, searcher) -> None:
    file = searcher.folder / FIRST
    before = client.get("/api/card", params={"image": FIRST}).content
    assert client.get("/api/card", params={"image": FIRST}).content == before
    Image.new("RGB", (30, 30), "lime").save(file)
    assert client.get("/api/card", params={"image": FIRST}).content != before


def test_a_gallery_file_that_is_damaged_is_told_by_its_id(client: TestClient, searcher) -> None:
    (searcher.folder / FIRST).write_bytes(b"gone wrong")
    for path in ("/api/card", "/api/picture", "/api/search"):
        reply = client.get(path, params={"image": FIRST, "system": "sface"})
        assert reply.status_code == 415
        assert reply.json()["error"].startswith(f"{FIRST}: not an image")
    (searcher.folder / FIRST).unlink()
    assert client.get("/api/card", params={"image": FIRST}).status_code == 404


def test_the_page_and_its_parts_have_their_types(client: TestClient) -> None:
    types = {
        "/": "text/html",
        "/style.css": "text/css",
        "/static/page.css": "text/css",
        "/static/app.js": "text/javascript",
        "/static/icon.svg": "image/svg+xml",
    }
    for path, type_ in types.items():
        reply = client.get(path)
        assert reply.headers["content-type"].startswith(type_)
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' blob:;")


def test_about_tells_what_can_be_asked(client: TestClient) -> None:
    expected = {"systems": ["dlib", "sface"], "max_top": 50, "max_bytes": 20_000_000}
    assert client.get("/api/about").json() == expected
