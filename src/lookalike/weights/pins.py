"""weights.lock: the whole digests of weights of which params.yaml can only pin the beginning.

Makers put the first eight digits of a file's SHA-256 into its name, 32 bits. They tell a damaged file and another
version; whoever sets out to can make another file with the same 32 bits. So the first file to arrive is noted whole in
`weights.lock`, which belongs to git, and from then on no other will do, on any machine.
"""

from pathlib import Path

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import read_json, write_json


def pinned(lock: Path, name: str, pin: str) -> str:
    """Return all that is known of a file's digest: the locked one where it begins as params.yaml says, else `pin`.

    Args:
        lock: the project's weights.lock; may not be there.
        name: of the file among `weights`.
        pin: what params.yaml has of its digest.

    Raises:
        LookalikeError: the lock is damaged.
    """
    locked = _read(lock).get(name, "")
    # Params that pin something else are newer than the lock.
    return locked if locked.startswith(pin) else pin


def pin_whole(lock: Path, name: str, digest: str) -> None:
    """Note the whole digest of a file that was just verified by the beginning of it."""
    if _read(lock).get(name) != digest:
        write_json(lock, _read(lock) | {name: digest})


def _read(lock: Path) -> dict[str, str]:
    if not lock.is_file():
        return {}
    value = read_json(lock)
    if not isinstance(value, dict) or not all(isinstance(digest, str) for digest in value.values()):
        raise LookalikeError(f"{lock}: expected digests by name of weights; take it from git again")
    return value
