"""Pretrained weights: fetched from where params name them, checked by SHA-256, then put in place."""

import importlib.metadata
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from lookalike.backbones.options import WeightsOptions
from lookalike.errors import LookalikeError
from lookalike.files import atomic_path, sha256_file

MANUAL = Path("data/weights/manual")
TIMEOUT = httpx.Timeout(20.0, read=60.0)
ATTEMPTS = 3
PAUSE_SECONDS = 2.0


class _Unreachable(Exception):
    """A source that gave no file; the message says why."""


def fetch(model: str, options: WeightsOptions, target: Path, manual: Path = MANUAL) -> None:
    """Put the weights of a model at `target`, whole and verified, or not at all.

    A file named after the digest in `manual` is taken before the source is asked, so that a machine without network can
    be given the weights by hand; it is verified like any other.

    Raises:
        LookalikeError: no digest is pinned, the source cannot be reached, or the file is not the pinned one.
    """
    by_hand = manual / (options.sha256 or f"{model}.weights")
    if not options.sha256:
        raise LookalikeError(_unpinned(model, options, by_hand))
    with atomic_path(target) as temporary:
        try:
            _obtain(by_hand if by_hand.exists() else options.source, temporary)
        except _Unreachable as error:
            raise LookalikeError(_unreachable(model, options, by_hand, error)) from error
        found = sha256_file(temporary)
        if found != options.sha256:
            raise LookalikeError(
                f"weights.{model}: {by_hand if by_hand.exists() else options.source} has SHA-256 {found}, expected "
                f"{options.sha256}; the file is damaged or is another version"
            )


def _obtain(source: str | Path, target: Path) -> None:
    if isinstance(source, Path):
        return _copy(source, target)
    scheme, _, rest = source.partition(":")
    getters: dict[str, Callable[[str, Path], None]] = {
        "package": _from_package,
        "https": lambda rest, target: _download(f"https:{rest}", target),
        "file": lambda rest, target: _copy(Path(rest), target),
    }
    return getters[scheme](rest, target)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise _Unreachable(f"no such file: {source}")
    shutil.copyfile(source, target)


def _from_package(rest: str, target: Path) -> None:
    distribution, _, inside = rest.partition("/")
    try:
        located = importlib.metadata.distribution(distribution).locate_file(inside)
    except importlib.metadata.PackageNotFoundError:
        raise _Unreachable(f"the package {distribution} is not installed") from None
    _copy(Path(str(located)), target)


def _download(url: str, target: Path) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _stream(url, target)
        except httpx.HTTPError as error:
            refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500
            if refused or attempt == ATTEMPTS:
                raise _Unreachable(f"{type(error).__name__}: {error}") from error
            time.sleep(PAUSE_SECONDS * attempt)


def _stream(url: str, target: Path) -> None:
    with httpx.stream("GET", url, timeout=TIMEOUT, follow_redirects=True) as response:
        response.raise_for_status()
        with target.open("wb") as stream:
            for chunk in response.iter_bytes():
                stream.write(chunk)


def _unpinned(model: str, options: WeightsOptions, by_hand: Path) -> str:
    name = Path(urlsplit(options.source).path).name
    return (
        f"weights.{model}.sha256 is empty: {options.source} has no digest published by its maker, and no weights are "
        f"used unverified. Get the file from a source you trust, run `sha256sum {name}`, and put the digest into "
        f"params.yaml; without network also put the file at {by_hand.parent}/<digest>"
    )


def _unreachable(model: str, options: WeightsOptions, by_hand: Path, error: Exception) -> str:
    return (
        f"weights.{model}: cannot get {options.source} ({error}). Expected SHA-256 {options.sha256}. "
        f"Put that file at {by_hand} and run again; it will be verified and used"
    )
