"""Pretrained weights: fetched from where params name them, checked by SHA-256, then put in place."""

import importlib.metadata
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import atomic_path, require_room, sha256_file
from lookalike.params.weights import WeightsOptions

TIMEOUT_SECONDS, READ_SECONDS = 20.0, 60.0
ATTEMPTS = 3
PAUSE_SECONDS = 2.0


class _Unreachable(Exception):
    """A source that gave no file; the message says why."""


def fetch(name: str, options: WeightsOptions, target: Path, manual: Path) -> None:
    """Put published weights at `target`, whole and verified, or not at all.

    A file named after the digest in `manual` is taken before the source is asked, so that a machine without network can
    be given the weights by hand; it is verified like any other.

    Args:
        name: of the file among `weights` in params.yaml.
        options: its source and digest.
        target: where it goes.
        manual: where files put by hand are.

    Raises:
        LookalikeError: no digest is pinned, the source cannot be reached, or the file is not the pinned one.
    """
    by_hand = manual / (options.sha256 or f"{name}.weights")
    if not options.sha256:
        raise LookalikeError(_unpinned(name, options, by_hand))
    with atomic_path(target) as temporary:
        try:
            _obtain(by_hand if by_hand.exists() else options.source, temporary)
        except _Unreachable as error:
            raise LookalikeError(_unreachable(name, options, by_hand, error)) from error
        found = sha256_file(temporary)
        if found != options.sha256:
            raise LookalikeError(
                f"weights.{name}: {by_hand if by_hand.exists() else options.source} has SHA-256 {found}, expected "
                f"{options.sha256}; the file is damaged or is another version"
            )


def fault(name: str, options: WeightsOptions, manual: Path) -> str | None:
    """Return what will keep `fetch` from getting the weights, as far as can be told without network, or None."""
    by_hand = manual / (options.sha256 or f"{name}.weights")
    if not options.sha256:
        return _unpinned(name, options, by_hand)
    try:
        local = by_hand if by_hand.exists() else _local(options.source)
    except _Unreachable as error:
        return _unreachable(name, options, by_hand, error)
    if local is None or local.is_file():
        return None
    return _unreachable(name, options, by_hand, _Unreachable(f"no such file: {local}"))


def _obtain(source: str | Path, target: Path) -> None:
    local = source if isinstance(source, Path) else _local(source)
    if local is None:
        return _download(str(source), target)
    if not local.is_file():
        raise _Unreachable(f"no such file: {local}")
    require_room(target, target.parent, local.stat().st_size)
    shutil.copyfile(local, target)


def _local(source: str) -> Path | None:
    """Return the file of this machine that a source names, None for one that is downloaded."""
    scheme, _, rest = source.partition(":")
    if scheme == "https":
        return None
    if scheme == "file":
        return Path(rest)
    distribution, _, inside = rest.partition("/")
    try:
        return Path(str(importlib.metadata.distribution(distribution).locate_file(inside)))
    except importlib.metadata.PackageNotFoundError:
        raise _Unreachable(f"the package {distribution} is not installed") from None


def _download(url: str, target: Path) -> None:
    import httpx  # Here, because most weights are here already or are read from a file.

    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _stream(url, target)
        except httpx.HTTPError as error:
            refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500
            if refused or attempt == ATTEMPTS:
                raise _Unreachable(f"{type(error).__name__}: {error}") from error
            time.sleep(PAUSE_SECONDS * attempt)


def _stream(url: str, target: Path) -> None:
    import httpx

    timeout = httpx.Timeout(TIMEOUT_SECONDS, read=READ_SECONDS)
    with httpx.stream("GET", url, timeout=timeout, follow_redirects=True) as response:
        response.raise_for_status()
        require_room(target, target.parent, int(response.headers.get("content-length", 0)))
        with target.open("wb") as stream:
            for chunk in response.iter_bytes():
                stream.write(chunk)


def _unpinned(name: str, options: WeightsOptions, by_hand: Path) -> str:
    file = Path(urlsplit(options.source).path).name
    return (
        f"weights.{name}.sha256 is empty: {options.source} has no digest published by its maker, and no weights are "
        f"used unverified. Get the file from a source you trust, run `sha256sum {file}`, and put the digest into "
        f"params.yaml; without network also put the file at {by_hand.parent}/<digest>"
    )


def _unreachable(name: str, options: WeightsOptions, by_hand: Path, error: Exception) -> str:
    return (
        f"weights.{name}: cannot get {options.source} ({error}). Expected SHA-256 {options.sha256}. "
        f"Put that file at {by_hand} and run again; it will be verified and used"
    )
