"""Clients that stall, leave, crowd or send bombs: others are answered, and the terminal shows no traceback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from benchmarks.bombs import REFUSED, chunk, png, scans
from benchmarks.serve_screenshot import served
from lookalike.kit.images.look import Look
from lookalike.tools.serve import connections
from lookalike.tools.serve.app import build_app
from lookalike.tools.serve.connections import Patience

SEARCH = "api/search?system=sface"
HEADERS = b"GET /api/about HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = b"POST /api/search?system=sface HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nabc"


@pytest.fixture
def url(searcher) -> Iterator[str]:
    with served(build_app(searcher)) as url:
        yield url


def connect(url: str, sent: bytes = b"") -> socket.socket:
    client = socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), 5)
    client.sendall(sent)
    return client


@pytest.mark.parametrize("sent", [b"", HEADERS, BODY], ids=["silent", "half a request", "half a photo"])
def test_seventy_half_open_connections_lock_nobody_out(url: str, photo: Path, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(70):
            stack.enter_context(connect(url, sent))
        time.sleep(0.3)
        assert httpx.get(f"{url}api/about").status_code == 200
        assert httpx.post(f"{url}{SEARCH}", content=photo.read_bytes()).status_code == 200


def test_more_connections_than_there_is_room_for_close_the_idle_ones(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", Patience(connections=20))
    with ExitStack() as stack:
        crowd = [stack.enter_context(connect(url)) for _ in range(50)]
        time.sleep(0.3)
        assert httpx.get(f"{url}api/about").status_code == 200
        assert sum(is_closed(client) for client in crowd) >= 30


@pytest.mark.parametrize("sent", [b"", HEADERS, BODY], ids=["silent", "half a request", "half a photo"])
def test_a_connection_that_falls_silent_is_closed(url: str, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", Patience(silence=0.5))
    with connect(url, sent) as client:
        client.settimeout(5)
        assert ended(client)


def test_a_request_that_comes_drop_by_drop_is_closed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", Patience(request=1.5))
    with connect(url, HEADERS) as client:
        start = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - start < 10:
                client.sendall(b"A: b\r\n")
                time.sleep(0.2)
        assert time.monotonic() - start < 6


def ended(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def is_closed(client: socket.socket) -> bool:
    client.settimeout(0.01)
    try:
        return ended(client)
    except TimeoutError:
        return False


def test_a_search_is_given_up_when_its_client_leaves(
    url: str, searcher, photo: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    begun, given_up = threading.Event(), threading.Event()

    def endless(path: Path, unwanted: Callable[[], bool]) -> Look:
        begun.set()
        while not unwanted():
            time.sleep(0.01)
        assert path.exists()
        given_up.set()
        return Look("unwanted")

    monkeypatch.setattr("lookalike.tools.serve.uploads.probe", endless)
    data = photo.read_bytes()
    client = connect(url, BODY.replace(b"1000", str(len(data)).encode())[:-3] + data)
    assert begun.wait(5)
    assert not given_up.wait(0.3)
    client.close()
    assert given_up.wait(2)
    monkeypatch.undo()
    assert httpx.post(f"{url}{SEARCH}", content=data).status_code == 200
    assert len(searcher.photos) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_a_client_that_leaves_in_the_middle_of_its_photo_is_no_fault(
    url: str, searcher, capfd: pytest.CaptureFixture[str]
) -> None:
    connect(url, BODY).close()
    time.sleep(0.3)
    assert httpx.get(f"{url}api/about").status_code == 200
    assert searcher.photos == []
    assert "Traceback" not in capfd.readouterr().err


def test_a_slow_photo_holds_up_no_other(url: str, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lookalike.catalog.probe import probe

    may_end = threading.Event()

    def slow(path: Path, unwanted: Callable[[], bool]) -> Look:
        if path.stat().st_size == 4:
            may_end.wait(30)
        return probe(path, unwanted)

    monkeypatch.setattr("lookalike.tools.serve.uploads.probe", slow)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(httpx.post, f"{url}{SEARCH}", content=b"slow", timeout=60)
        time.sleep(0.3)
        start = time.monotonic()
        assert httpx.post(f"{url}{SEARCH}", content=photo.read_bytes()).status_code == 200
        assert time.monotonic() - start < 2
        may_end.set()
        assert running.result().status_code == 415


def test_bombs_are_refused_while_others_are_answered(url: str, photo: Path) -> None:
    bombs = [scans(4000, 600), scans(64, 101), REFUSED["png, 2,000 profiles of 900 kB"](), png(chunk(b"IDAT", b"x"))]
    bombs += [b"GIF89a" + bytes(300), b"", b"\xff\xd8\xff", photo.read_bytes()[:200]]
    with ThreadPoolExecutor(20) as pool:
        hostile = [pool.submit(httpx.post, f"{url}{SEARCH}", content=bombs[n % 8], timeout=60) for n in range(80)]
        waits = []
        while not all(one.done() for one in hostile):
            start = time.monotonic()
            assert httpx.post(f"{url}{SEARCH}", content=photo.read_bytes(), timeout=60).status_code == 200
            waits.append(time.monotonic() - start)
    assert {one.result().status_code for one in hostile} <= {413, 415, 422}
    assert max(waits) < 2
