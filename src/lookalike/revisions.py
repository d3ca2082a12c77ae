"""Files as they were at a git revision."""

import json
import subprocess
from pathlib import Path
from typing import Any

from lookalike.errors import LookalikeError


def read_json_at(revision: str, path: Path) -> Any:
    """Read a JSON file as committed at a revision.

    Args:
        revision: a branch, tag or commit.
        path: relative to the repository's root.

    Raises:
        LookalikeError: git does not know the revision, or the file is not in it.
    """
    # The end-of-options mark keeps a revision that starts with a dash from being read as a flag.
    command = ["git", "show", "--end-of-options", f"{revision}:{path.as_posix()}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LookalikeError(
            f"{path} at revision {revision}: {result.stderr.strip()}; expected a revision that holds the file, "
            "see `git log -- " + path.as_posix() + "`"
        )
    return json.loads(result.stdout)
