"""The socket, the server on it, and the command."""

from collections.abc import Callable

import httpx
import pytest
import typer
import uvicorn
from typer.testing import CliRunner, Result

from benchmarks.serve_screenshot import served
from lookalike.commands.serve import serve
from lookalike.kit.errors import LookalikeError
from lookalike.tools.search.searcher import Searcher
from lookalike.tools.serve.app import build_app
from lookalike.tools.serve.server import listen, url_of


@pytest.fixture
def command(searcher, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command on the fake searcher, with a server that ends at once."""
    monkeypatch.setattr(Searcher, "open", lambda root, gallery: searcher)
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: None)
    app = typer.Typer()
    app.command()(serve)
    return lambda *options: CliRunner().invoke(app, options)


def test_it_answers_over_a_real_socket(searcher) -> None:
    with served(build_app(searcher)) as url:
        reply = httpx.get(f"{url}api/about")
    assert reply.json()["systems"] == ["dlib", "sface"]
    assert "server" not in reply.headers
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_taken_port_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LookalikeError, match=rf"port {port} of 127\.0\.0\.1 is in use; choose another with --port"):
            listen("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_told() -> None:
    with pytest.raises(LookalikeError, match=r"cannot listen on 192\.0\.2\.1, port 0"):
        listen("192.0.2.1", 0)


def test_the_address_told_can_be_opened_here() -> None:
    with listen("0.0.0.0", 0) as everywhere:
        assert url_of(everywhere) == f"http://127.0.0.1:{everywhere.getsockname()[1]}/"


def test_the_command_is_on_loopback_unless_told_otherwise(command) -> None:
    result = command("--port", "0")
    assert result.exit_code == 0
    assert result.stdout.startswith("http://127.0.0.1:")
    assert result.stderr == ""


def test_the_command_warns_when_others_can_reach_it(command) -> None:
    assert "warning: on 0.0.0.0, whoever reaches this machine" in command("--port", "0", "--host", "0.0.0.0").stderr


def test_the_command_opens_the_page_on_wish(command, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)
    result = command("--port", "0", "--open")
    assert [f"{url} (stop with Ctrl+C)\n" for url in opened] == [result.stdout]
