"""Detector weights that come inside installed packages, verified before use."""

import importlib.metadata
from pathlib import Path

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import sha256_file


def packaged_file(distribution: str, inside: str, sha256: str) -> Path:
    """Return the path of a file of an installed distribution.

    Args:
        distribution: name of the distribution.
        inside: path of the file from the folder of installed packages.
        sha256: digest that the file must have.

    Raises:
        LookalikeError: the distribution or the file is missing, or the file is another one.
    """
    try:
        path = Path(str(importlib.metadata.distribution(distribution).locate_file(inside)))
    except importlib.metadata.PackageNotFoundError:
        raise LookalikeError(f"the package {distribution} is not installed; run `make install`") from None
    if not path.is_file() or sha256_file(path) != sha256:
        raise LookalikeError(f"{path}: missing or changed, expected SHA-256 {sha256}; reinstall {distribution}")
    return path
