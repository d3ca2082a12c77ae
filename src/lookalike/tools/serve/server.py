"""The socket and the server on it."""

import errno
import socket

import uvicorn
from starlette.types import ASGIApp

from lookalike.kit.errors import LookalikeError
from lookalike.tools.serve.connections import PatientProtocol

# At the end, answers that are under way have this long.
_LAST_SECONDS = 5


def listen(host: str, port: int) -> socket.socket:
    """Open a socket that takes connections from now on; they wait until `serve` runs.

    Args:
        host: an address or name of this machine.
        port: 0 takes a free one.

    Raises:
        LookalikeError: the port is taken, or the host is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise LookalikeError(f"port {port} of {host} is in use; choose another with --port") from error
        raise LookalikeError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error


def url_of(listening: socket.socket) -> str:
    """Return the address to open in a browser of this machine."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def server_of(app: ASGIApp) -> uvicorn.Server:
    """Return the server of an application: quiet but for errors, and telling nobody what it runs on."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        # Nothing of ours begins or ends with the server; told to wait for it, uvicorn answers Ctrl-C with a traceback.
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    return uvicorn.Server(config)
