"""The experiments of `dvc exp`: which of them a workspace is, and the files that git keeps of each.

DVC keeps an experiment as a commit under `refs/exps/<baseline, its id cut after two digits>/<name>`. It tells the name
to the commands of stages alone (`DVC_EXP_NAME`), so afterwards it is found by what the run wrote: the same `dvc.lock`.
"""

import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from lookalike.kit.git import git
from lookalike.run.layout import Layout

LOCK = Layout().lock.name
_REFERENCE = re.compile(r"(?P<commit>[0-9a-f]+) refs/exps/[0-9a-f]{2}/[0-9a-f]{38,}/(?P<name>.+)")


@dataclass(frozen=True)
class Experiment:
    """A finished experiment: its name, the commit that holds its params and metrics, and git's id of its lock file."""

    name: str
    commit: str
    lock: str


def experiments(root: Path) -> list[Experiment]:
    """Return the experiments that hold a `dvc.lock`, newest first; none outside a git repository."""
    listed = git(root, "for-each-ref", "--sort=-committerdate", "--format=%(objectname) %(refname)", "refs/exps")
    found = [match for line in (listed or b"").decode().splitlines() if (match := _REFERENCE.fullmatch(line))]
    locks = _blobs(root, [f"{match['commit']}:./{LOCK}" for match in found])
    return [Experiment(m["name"], m["commit"], lock) for m, lock in zip(found, locks, strict=True) if lock]


def experiment_of(root: Path) -> Experiment | None:
    """Return the newest experiment whose run the workspace holds."""
    lock = (git(root, "hash-object", LOCK) or b"").decode().strip()
    return next((experiment for experiment in experiments(root) if experiment.lock == lock), None)


def extract(root: Path, commit: str, paths: tuple[str, ...], folder: Path) -> None:
    """Write what git holds of files and folders at a commit to `folder`; what is not there is passed over.

    Args:
        root: the project's folder.
        commit: git's id.
        paths: relative to `root`.
        folder: where to write.
    """
    listed = git(root, "ls-tree", "-z", "--name-only", commit, "--", *paths)
    names = [name for name in (listed or b"").decode().split("\0") if name]
    archive = git(root, "archive", "--format=tar", commit, "--", *names) if names else None
    if archive is not None:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")


def head(root: Path) -> str | None:
    """Return the commit that is checked out; None without one."""
    found = git(root, "rev-parse", "--verify", "HEAD")
    return found.decode().strip() if found else None


def _blobs(root: Path, names: list[str]) -> list[str | None]:
    """Return git's id of each named file; None for one that is not there."""
    answers = git(root, "cat-file", "--batch-check=%(objectname)", stdin="".join(f"{name}\n" for name in names))
    found = (answers or b"").decode().splitlines()
    return [None if answer.endswith(" missing") else answer for answer in found]
