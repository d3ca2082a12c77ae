"""One file over HTTPS: with progress, tried again, and taken up where it broke off."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.kit.files import require_room
from lookalike.kit.progress import track_bytes

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS, READ_SECONDS = 20.0, 60.0
# In a row without a byte more; a download that goes on may break off any number of times.
ATTEMPTS = 3
PAUSE_SECONDS = 2.0


class Unreachable(Exception):
    """A source that gave no file; the message says why."""


def download(url: str, part: Path) -> bool:
    """Complete a file, of which an earlier attempt may have left the beginning.

    Args:
        url: https, and so is whatever it redirects to.
        part: the file; what is in it when an error comes is kept for the next time.

    Returns:
        Whether it began with bytes of an earlier call. They may be of another version: the caller checks the digest,
        and asks once more without them.

    Raises:
        Unreachable: the source refuses, or three attempts in a row gave nothing.
    """
    import httpx  # Here, because most weights are here already or are read from a file.

    began = _size(part)
    failed = 0
    while True:
        before = _size(part)
        try:
            _stream(url, part)
        except httpx.HTTPError as error:
            refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500
            failed = 1 if _size(part) > before else failed + 1
            if refused or failed == ATTEMPTS:
                raise Unreachable(f"{type(error).__name__}: {error}") from error
            time.sleep(PAUSE_SECONDS * failed)
        else:
            return began > 0


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _stream(url: str, part: Path) -> None:
    import httpx

    begun = _size(part)
    # Compressed on the way, a file could not be taken up at a byte of it.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begun}-"} if begun else {})
    timeout = httpx.Timeout(TIMEOUT_SECONDS, read=READ_SECONDS)
    with httpx.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as response:
        _check(response, part, begun)
        goes_on = response.status_code == httpx.codes.PARTIAL_CONTENT
        begun = begun if goes_on else 0
        length = int(response.headers.get("content-length", 0))
        require_room(part, part.parent, length)
        with (
            track_bytes(Path(url).name, begun, begun + length) as advance,
            part.open("ab" if goes_on else "wb") as file,
        ):
            for chunk in response.iter_bytes():
                advance(file.write(chunk))


def _check(response: "httpx.Response", part: Path, begun: int) -> None:
    """Refuse an answer that is no part of the file, or that came over an open line."""
    import httpx

    if any(hop.url.scheme != "https" for hop in (*response.history, response)):
        raise Unreachable(f"it redirects to {response.url}, which is not https")
    range_told = response.headers.get("content-range", "")
    partial = response.status_code == httpx.codes.PARTIAL_CONTENT
    if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE or (
        partial and not range_told.startswith(f"bytes {begun}-")
    ):
        part.unlink(missing_ok=True)
        raise httpx.RemoteProtocolError(f"asked for what follows byte {begun}, it answered {range_told or 'nothing'}")
    response.raise_for_status()
