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
from lookalike.tools.search.photograph import Photograph
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

    monkeypatch.setattr("lookalike.tools.serve.uploads.probe", noting)
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
    begun, may_end, search = threading.Event(), threading.Event(), searcher.see

    def slow(*asked: object) -> Photograph:
        begun.set()
        assert may_end.wait(30)
        return search(*asked)

    monkeypatch.setattr(searcher, "see", slow)
    with TestClient(build_app(searcher), base_url=URL) as client, ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, client, photo.read_bytes())
        assert begun.wait(30)
        assert client.get("/api/card", params={"image": FIRST}).status_code == 200
        assert not running.done()
        may_end.set()
        assert running.result().status_code == 200


def together(client: TestClient, photos: list[bytes], **fields: object):
    return ask(client, b"".join(photos), size=[len(one) for one in photos], **fields)


def test_several_photos_are_one_question(client: TestClient, searcher, photo: Path, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "blue").save(tmp_path / "other.png")
    photos = [photo.read_bytes(), (tmp_path / "other.png").read_bytes(), photo.read_bytes()]
    answer = together(client, photos).json()
    assert (answer["width"], answer["height"]) == (80, 100)
    assert [(one["width"], one["height"]) for one in answer["others"]] == [(30, 20), (80, 100)]
    assert len(searcher.photos) == 3 and not any(path.exists() for path in searcher.photos)
    assert ask(client, photo.read_bytes()).json()["others"] == []


def test_a_face_of_a_group_is_asked_about(client: TestClient, photo: Path) -> None:
    body = photo.read_bytes()
    found = client.post("/api/faces", content=body).json()
    assert (found["width"], found["height"]) == (80, 100)
    assert [face["box"] for face in found["faces"]] == [[20, 10, 60, 70], [25, 15, 65, 75]]
    first, second = (ask(client, body, face=number).json() for number in (0, 1))
    assert first == ask(client, body).json()
    assert second["face"] == found["faces"][1]
    assert second["matches"][0]["id"] != first["matches"][0]["id"]
    both = together(client, [body, body], face=[1, 0]).json()
    assert (both["face"], both["others"][0]["face"]) == (second["face"], first["face"])


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"size": [600, 600]}, 413, "the photos together are larger than 0.001 MB"),
        ({"size": [10] * 9}, 422, "9 photos; send 8 at most"),
        ({"size": [4, 5]}, 422, "8 bytes came; the sizes of the photos add up to 9"),
        ({"size": [4, 3]}, 422, "more bytes came than the sizes of the photos add up to (7)"),
        ({"size": [0]}, 422, "greater than or equal to 1"),
        ({"size": [4, 4]}, 415, "photo 1 of 2: not an image"),
        ({"face": [-1]}, 422, "greater than or equal to 0"),
        ({"face": [0, 0]}, 422, "2 faces are named for 1 photos"),
        ({"size": ["x"]}, 422, "valid integer"),
    ],
)
def test_uploads_that_are_not_as_they_are_said_to_be(searcher, fields, status: int, told: str) -> None:
    client = TestClient(build_app(searcher, limits=Limits(upload_bytes=1000)), base_url=URL)
    reply = ask(client, b"abcdefgh", **fields)
    assert reply.status_code == status and told in reply.json()["error"]
    assert searcher.photos == []


def test_a_face_that_is_not_there_is_told(client: TestClient, photo: Path) -> None:
    reply = ask(client, photo.read_bytes(), face=2)
    assert reply.status_code == 422
    assert reply.json()["error"] == "face is 2; the photo has 2, counted from 0"


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_photos_are_parted_wherever_chunks_end(client: TestClient, searcher, photo: Path, chunk: int) -> None:
    body = photo.read_bytes() * 2
    pieces = (body[at : at + chunk] for at in range(0, len(body), chunk))
    assert ask(client, pieces, size=[len(body) // 2] * 2).status_code == 200
    assert len(searcher.photos) == 2


def test_the_second_photo_that_is_none_is_named(client: TestClient, photo: Path) -> None:
    reply = together(client, [photo.read_bytes(), b"no image"])
    assert reply.status_code == 415
    assert reply.json()["error"].startswith("photo 2 of 2: not an image")


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
    expected = {"systems": ["dlib", "sface"], "max_top": 50, "max_bytes": 20_000_000, "max_photos": 8}
    assert client.get("/api/about").json() == expected
