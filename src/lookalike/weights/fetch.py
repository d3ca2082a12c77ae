"""Pretrained weights: fetched from where params name them, checked by SHA-256, then put in place."""

import importlib.metadata
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import atomic_path, sha256_file
from lookalike.params.weights import WeightsOptions
from lookalike.weights.cache import cache_folder, copy, held, is_writable, kept, place
from lookalike.weights.download import Unreachable, download
from lookalike.weights.pins import pin_whole, pinned

HTTPS, FILE = "https:", "file:"


class WrongFile(LookalikeError):
    """A place had a file that is not the pinned one."""


def fetch(name: str, options: WeightsOptions, target: Path, manual: Path, lock: Path) -> str:
    """Put published weights at `target`, whole and verified, or not at all, and return their SHA-256.

    A file named after the digest in `manual` is taken before any source is asked, so that a machine without network can
    be given the weights by hand; it is verified like any other. What is downloaded is kept for all models and projects.

    Args:
        name: of the file among `weights` in params.yaml.
        options: its sources and digest.
        target: where it goes.
        manual: where files put by hand are.
        lock: the project's weights.lock, which pins what params.yaml can pin only in part.

    Raises:
        LookalikeError: no digest is pinned, no source can be reached, or what they gave is not the pinned file.
    """
    if not options.sha256:
        raise LookalikeError(_unpinned(name, options, manual))
    pin = pinned(lock, name, options.sha256)
    with atomic_path(target) as temporary:
        found = _obtain(name, options, pin, temporary, manual)
    if not options.is_whole:
        pin_whole(lock, name, found)
    return found


def fault(name: str, options: WeightsOptions, manual: Path) -> str | None:
    """Return what will keep `fetch` from getting the weights, as far as can be told without network, or None."""
    if not options.sha256:
        return _unpinned(name, options, manual)
    if _at_hand(options, manual) or any(source.startswith(HTTPS) for source in _places(options)):
        return None
    return _unreachable(name, options, manual, [_why_not(source) for source in options.places])


def needs_network(options: WeightsOptions, manual: Path) -> bool:
    """Tell whether `fetch` will have to download the weights."""
    return not _at_hand(options, manual) and not kept(options.sha256)


def by_hand(options: WeightsOptions, manual: Path) -> Path:
    """Return where a file put by hand is, or goes."""
    return next(iter(sorted(manual.glob(f"{options.sha256}*"))), manual / options.sha256)


def _at_hand(options: WeightsOptions, manual: Path) -> bool:
    return by_hand(options, manual).exists() or any(not _why_not(source) for source in _places(options))


def _places(options: WeightsOptions) -> Iterator[str]:
    """Yield the places that may have the file: $LOOKALIKE_MIRRORS, under the name its maker gave it, then params'."""
    file = Path(urlsplit(options.source).path).name
    for mirror in os.environ.get("LOOKALIKE_MIRRORS", "").split():
        if not mirror.startswith((HTTPS, FILE)):
            raise LookalikeError(f"LOOKALIKE_MIRRORS: {mirror} is neither file:<folder> nor https://…")
        yield f"{mirror.rstrip('/')}/{file}"
    yield from options.places


def _obtain(name: str, options: WeightsOptions, pin: str, target: Path, manual: Path) -> str:
    """Take the file from the first place that has it, and return its digest."""
    hand = by_hand(options, manual)
    if hand.exists():
        copy(hand, target)
        return _verified(name, target, pin, str(hand))
    reasons: list[str] = []
    wrong: list[str] = []
    for source in _places(options):
        try:
            _from(name, source, pin, target)
            return _verified(name, target, pin, source)
        except Unreachable as error:
            reasons.append(f"{source}: {error}" if len(options.places) > 1 else str(error))
        except WrongFile as error:
            wrong.append(str(error))
    raise LookalikeError("\n".join([*wrong, *([_unreachable(name, options, manual, reasons)] if reasons else [])]))


def _from(name: str, source: str, pin: str, target: Path) -> None:
    if source.startswith(HTTPS):
        _download(name, source, pin, target)
    elif reason := _why_not(source):
        raise Unreachable(reason)
    else:
        copy(_local(source), target)


def _verified(name: str, path: Path, pin: str, source: str) -> str:
    found = sha256_file(path)
    if not found.startswith(pin):
        path.unlink()
        raise WrongFile(
            f"weights.{name}: {source} has SHA-256 {found}, expected {pin}; the file is damaged or is another version"
        )
    return found


def _download(name: str, url: str, pin: str, target: Path) -> None:
    """Put a downloaded file at `target`; it is kept in the user's cache, unless that cannot be written."""
    if found := kept(pin):
        place(found, target)
    elif not is_writable():
        download(url, target)
    else:
        with held(pin):
            place(kept(pin) or _into_cache(name, url, pin), target)


def _into_cache(name: str, url: str, pin: str) -> Path:
    part = cache_folder() / f"{pin}.part"
    if download(url, part) and not sha256_file(part).startswith(pin):
        # Its beginning, of an earlier time, was of another version.
        part.unlink()
        download(url, part)
    return part.replace(cache_folder() / _verified(name, part, pin, url))


def _why_not(source: str) -> str:
    """Return why a file of this machine that a source names cannot be had, empty where it can."""
    if source.startswith(HTTPS):
        return "it is on the network"
    try:
        local = _local(source)
    except importlib.metadata.PackageNotFoundError as error:
        return f"the package {error.name} is not installed; pip install {error.name}"
    return "" if local.is_file() else f"no such file: {local}"


def _local(source: str) -> Path:
    """Return the file of this machine that a source names."""
    scheme, _, rest = source.partition(":")
    if scheme == "file":
        return Path(rest)
    distribution, _, inside = rest.partition("/")
    return Path(str(importlib.metadata.distribution(distribution).locate_file(inside)))


def _unpinned(name: str, options: WeightsOptions, manual: Path) -> str:
    file = Path(urlsplit(options.source).path).name
    return (
        f"weights.{name}.sha256 is empty, and no weights are used unverified. Get {options.source} from a place you "
        f"trust, run `sha256sum {file}`, and put the digest into params.yaml; without network also put the file at "
        f"{manual}/<digest>"
    )


def _unreachable(name: str, options: WeightsOptions, manual: Path, reasons: list[str]) -> str:
    return (
        f"weights.{name}: cannot get {options.source} ({'; '.join(reasons)}). Expected SHA-256 {options.sha256}. "
        f"Put that file at {by_hand(options, manual)} and run again; it will be verified and used"
    )
