"""Git, asked by its own program."""

import subprocess
from pathlib import Path


def git(root: Path, *command: str, stdin: str = "") -> bytes | None:
    """Return what git prints in a folder, None where it fails."""
    result = subprocess.run(["git", *command], cwd=root, input=stdin.encode(), capture_output=True, check=False)
    return result.stdout if result.returncode == 0 else None
