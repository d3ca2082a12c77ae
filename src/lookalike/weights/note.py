"""What is known of fetched weights, by which a later stage can tell that their file is the one that was verified."""

from pathlib import Path

from lookalike.kit.digests import damaged, read_checked_json, write_checked_json
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import sha256_file

ADVICE = "delete it; `dvc repro`, or the next search, fetches it again"


def write_note(path: Path, sha256: str) -> None:
    """Note the digest of weights that were just verified."""
    write_checked_json(path, {"sha256": sha256})


def noted_digest(path: Path) -> str:
    """Return the digest that a note holds.

    Raises:
        LookalikeError: the note is missing, damaged, or no note.
    """
    value = read_checked_json(path)
    if not isinstance(value.get("sha256"), str):
        raise LookalikeError(f"{path}: not a note of weights; delete it and run `dvc repro`")
    return str(value["sha256"])


def check_weights(weights: Path, sha256: str) -> None:
    """Hold a file of weights against the digest that it had when it was fetched.

    Raises:
        LookalikeError: it is missing, or has other bytes.
    """
    if not weights.is_file():
        raise LookalikeError(f"{weights}: no such file; run `dvc repro` to fetch the weights")
    if (found := sha256_file(weights)) != sha256:
        raise damaged(weights, f"it has SHA-256 {found}, and had {sha256} when it was fetched", ADVICE)
