"""The code that made a result, as a digest: what `dvc.yaml` declares for a stage, an index has to ask for itself."""

import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
FINDS_FACES = ("kit/images.py", "faces")
EMBEDS = (*FINDS_FACES, "backbones", "embedding")


@cache
def code_digest(parts: tuple[str, ...]) -> str:
    """Return the SHA-256 of the sources of some parts of the package, names included.

    Args:
        parts: files and folders inside the package.
    """
    digest = hashlib.sha256()
    for path in sorted(file for part in parts for file in _sources(PACKAGE / part)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))
