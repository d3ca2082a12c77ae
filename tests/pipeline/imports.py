"""What a stage's script imports, as dvc.yaml has to name it."""

from pathlib import Path

from lookalike.kit.sources import PACKAGE, sources_of

ROOT = PACKAGE.parents[1]


def tracked_files(script: Path) -> list[str]:
    """Return the files that a script imports and that can change what it writes, relative to the project's root."""
    return [file.relative_to(ROOT).as_posix() for file in sources_of(ROOT / script)]


def script_of(stage: str) -> Path:
    """Return the script of a stage of dvc.yaml."""
    return Path("stages") / f"{stage}.py"
