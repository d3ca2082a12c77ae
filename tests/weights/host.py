"""A web server on this machine that stands for hosts of weights, and answers as told."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest


@dataclass
class Host:
    """What the server does, and what it was asked.

    Attributes:
        content: of the file at every path.
        breaks: after how many bytes each of the next answers ends, as if the line were cut; None: not at all.
        ranges: whether it can answer with a part of the file.
        moved: where it sends who asks for anything else; empty for nowhere.
        asked: (path, byte from which on) of each request.
    """

    content: bytes
    breaks: list[int | None] = field(default_factory=list)
    ranges: bool = True
    moved: str = ""
    url: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    host: Host

    def do_GET(self) -> None:
        host = self.host
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(wanted[1]) if wanted else 0
        host.asked.append((self.path, begin))
        if host.moved and not host.moved.endswith(self.path):
            return self._answer(302, {"Location": host.moved}, b"", None)
        if begin > len(host.content) or (begin and begin == len(host.content)):
            return self._answer(416, {"Content-Range": f"bytes */{len(host.content)}"}, b"", None)
        after = host.breaks.pop(0) if host.breaks else None
        if not begin or not host.ranges:
            return self._answer(200, {}, host.content, after)
        told = f"bytes {begin}-{len(host.content) - 1}/{len(host.content)}"
        self._answer(206, {"Content-Range": told}, host.content[begin:], after)

    def _answer(self, status: int, headers: dict[str, str], body: bytes, after: int | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:after])

    def log_message(self, *_: Any) -> None:
        pass


class _WithoutTls(httpx.HTTPTransport):
    """Takes a request for https to a server that has no certificate."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme="http")
        return super().handle_request(httpx.Request(request.method, url, headers=request.headers))


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, content: bytes) -> Iterator[Host]:
    """Serve a file at every path of `https://127.0.0.1:<port>`, for httpx of this process."""
    host = Host(content)
    handler = type("Handler", (_Handler,), {"host": host})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    host.url = f"https://127.0.0.1:{server.server_port}"
    client = httpx.Client(transport=_WithoutTls(), trust_env=False)
    monkeypatch.setattr(httpx, "stream", client.stream)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield host
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()
