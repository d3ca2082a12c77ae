"""The project's files as they were at a revision: those of git, and those of DVC that its cache still holds."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike.kit.errors import LookalikeError

WORKSPACE = "workspace"


@dataclass(frozen=True)
class Revision:
    """A state of the project.

    Attributes:
        name: as the person wrote it.
        commit: git's id of it; None for the files as they lie in the workspace.
    """

    name: str
    commit: str | None

    @classmethod
    def find(cls, name: str) -> "Revision":
        """Look up a branch, tag, commit, or the name of a DVC experiment; `workspace` is what lies on disk.

        Raises:
            LookalikeError: neither git nor DVC knows the name.
        """
        return cls(name, None if name == WORKSPACE else _git_commit(name) or _experiment_commit(name))

    def has(self, path: Path) -> bool:
        """Return whether git, or the workspace, holds a file."""
        return path.is_file() if self.commit is None else _git("cat-file", "-e", self._object(path)) is not None

    def text(self, path: Path) -> str:
        """Return a text file that git holds, or that lies in the workspace.

        Args:
            path: relative to the project's root.

        Raises:
            LookalikeError: the file is not there.
        """
        content = None
        if self.has(path):
            content = path.read_text(encoding="utf-8") if self.commit is None else _git("show", self._object(path))
        if content is None:
            raise LookalikeError(
                f"{path} is not in {self.name}; expected a finished run there: `dvc repro`, or `dvc exp run`, writes it"
            )
        return content

    def json(self, path: Path) -> Any:
        """Return what a JSON file held; raises as `text`."""
        return json.loads(self.text(path))

    def fetch(self, path: Path, folder: Path) -> Path:
        """Return a place to read a file that DVC keeps: the file itself, or a copy of the cached one below `folder`.

        Raises:
            LookalikeError: DVC's cache does not hold the file as it was.
        """
        return path if self.commit is None else _from_cache(self, path, folder / path)

    def _object(self, path: Path) -> str:
        return f"{self.commit}:./{path.as_posix()}"


def _git(*command: str) -> str | None:
    """Return what git prints, None where it fails."""
    result = subprocess.run(["git", *command], capture_output=True, encoding="utf-8", check=False)
    return result.stdout if result.returncode == 0 else None


def _git_commit(name: str) -> str | None:
    # The end-of-options mark keeps a name that starts with a dash from being read as a flag.
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return commit.strip() if commit else None


def _experiment_commit(name: str) -> str:
    # Imported late: most revisions are git's own, and DVC takes a second to load.
    from dvc.exceptions import NotDvcRepoError
    from dvc.repo import Repo
    from dvc.scm import RevError, SCMError, resolve_rev

    try:
        with Repo() as repo:
            return resolve_rev(repo.scm, name)
    except (NotDvcRepoError, RevError, SCMError) as error:
        raise LookalikeError(
            f"{name}: {error}; expected a branch, tag or commit (`git log`), the name of an experiment "
            f"(`dvc exp list --all-commits`), or `{WORKSPACE}`"
        ) from error


def _from_cache(revision: Revision, path: Path, target: Path) -> Path:
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException

    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        DVCFileSystem(rev=revision.commit).get_file(path.as_posix(), str(target))
    except (OSError, DvcException) as error:
        raise LookalikeError(
            f"{path} of {revision.name} is not in DVC's cache ({error}); get it from a "
            f"remote with `dvc fetch --all-commits`, or make it again with `git checkout {revision.commit}` and "
            "`dvc repro`"
        ) from error
    return target
