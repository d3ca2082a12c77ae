"""The project's files as they were at a revision: those of git, and those of DVC that its cache still holds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike.kit.errors import LookalikeError
from lookalike.kit.git import git

WORKSPACE = "workspace"


@dataclass(frozen=True)
class Revision:
    """A state of the project; paths are those of a file in the workspace, below `root`.

    Attributes:
        name: as the person wrote it.
        commit: git's id of it; None for the files as they lie in the workspace.
        root: the project's folder.
    """

    name: str
    commit: str | None
    root: Path = Path()

    @classmethod
    def find(cls, name: str, root: Path = Path()) -> "Revision":
        """Look up a branch, tag, commit, or the name of a DVC experiment; `workspace` is what lies on disk.

        Raises:
            LookalikeError: neither git nor DVC knows the name.
        """
        commit = None if name == WORKSPACE else _git_commit(name, root) or _experiment_commit(name, root)
        return cls(name, commit, root)

    def has(self, path: Path) -> bool:
        """Return whether git, or the workspace, holds a file."""
        if self.commit is None:
            return path.is_file()
        return git(self.root, "cat-file", "-e", self._object(path)) is not None

    def text(self, path: Path) -> str:
        """Return a text file that git holds, or that lies in the workspace.

        Raises:
            LookalikeError: the file is not there.
        """
        if not self.has(path):
            raise LookalikeError(
                f"{path} is not in {self.name}; expected a finished run there: `dvc repro`, or `dvc exp run`, writes it"
            )
        return self._content(path).decode()

    def json(self, path: Path) -> Any:
        """Return what a JSON file held.

        Raises:
            LookalikeError: the file is not there, or damaged.
        """
        try:
            return json.loads(self.text(path))
        except json.JSONDecodeError as error:
            raise LookalikeError(f"{path} of {self.name}: not valid JSON ({error}); run `dvc repro`") from error

    def fetch(self, path: Path, folder: Path) -> Path:
        """Return a place to read a file or folder: itself, or a copy below `folder` of what git or DVC's cache holds.

        Raises:
            LookalikeError: neither holds the file as it was.
        """
        if self.commit is None:
            if not path.exists():
                raise LookalikeError(f"{path}: no such file; run `dvc repro` to make it")
            return path
        target = folder / path.relative_to(self.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.has(path):
            target.write_bytes(self._content(path))
        elif not target.exists():
            _from_cache(self, path, target)
        return target

    def _content(self, path: Path) -> bytes:
        if self.commit is None:
            return path.read_bytes()
        return git(self.root, "show", self._object(path)) or b""

    def _object(self, path: Path) -> str:
        return f"{self.commit}:./{path.relative_to(self.root).as_posix()}"


def _git_commit(name: str, root: Path) -> str | None:
    # The end-of-options mark keeps a name that starts with a dash from being read as a flag.
    commit = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return commit.decode().strip() if commit else None


def _experiment_commit(name: str, root: Path) -> str:
    # Imported late: most revisions are git's own, and DVC takes a second to load.
    from dvc.exceptions import NotDvcRepoError
    from dvc.repo import Repo
    from dvc.scm import RevError, SCMError, resolve_rev

    try:
        with Repo(str(root)) as repo:
            return resolve_rev(repo.scm, name)
    except (NotDvcRepoError, RevError, SCMError) as error:
        raise LookalikeError(
            f"{name}: {error}; expected a branch, tag or commit (`git log`), the name of an experiment "
            f"(`dvc exp list --all-commits`), or `{WORKSPACE}`"
        ) from error


def _from_cache(revision: Revision, path: Path, target: Path) -> None:
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException

    try:
        files, name = DVCFileSystem(str(revision.root), rev=revision.commit), path.relative_to(revision.root).as_posix()
        if files.isdir(name):
            files.get(name, str(target), recursive=True)
        else:
            files.get_file(name, str(target))
    except (OSError, DvcException) as error:
        raise LookalikeError(
            f"{path} of {revision.name} is not in DVC's cache ({error}); get it from a "
            f"remote with `dvc fetch --all-commits`, or make it again with `git checkout {revision.commit}` and "
            "`dvc repro`"
        ) from error
