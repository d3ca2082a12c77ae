"""Copies of the project that experiments of a sweep run in, so that the workspace stays free for other work.

A copy is a git clone at the sweep's commit with the project's own DVC cache, below `.dvc/tmp/exps` as DVC's own copies
are, where the store of the project is found. `dvc exp run --temp` would stash what is uncommitted in the workspace each
time it starts, which two at once, or a kill, must not meddle with.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lookalike.kit.errors import LookalikeError
from lookalike.kit.git import git
from lookalike.run.layout import Layout
from lookalike.tools.sweep import guarded

COPIES = Path(".dvc/tmp/exps")
Process = subprocess.Popen[bytes]
SAMPLE = "sample"  # the dataset that a stage draws


@dataclass(frozen=True)
class Copy:
    """One copy, which runs one experiment at a time.

    Attributes:
        root: the project's folder.
        folder: the copy's.
        base: the commit that experiments start from.
        dataset: `run.dataset`, whose images the copy needs.
    """

    root: Path
    folder: Path
    base: str
    dataset: str

    @property
    def layout(self) -> Layout:
        """The paths of the copy."""
        return Layout(self.folder)

    def prepare(self) -> None:
        """Make the copy, or put it back to the commit, with no experiment in it and nothing of one that was killed.

        Raises:
            LookalikeError: git or DVC fails.
        """
        if not self._whole.is_file():
            self._make()
        for lock in (".git/index.lock", ".dvc/tmp/rwlock", ".dvc/tmp/rwlock.lock"):
            (self.folder / lock).unlink(missing_ok=True)
        # Names are free again, and DVC finds no experiment that it put aside and did not come to run.
        refs = self._git("for-each-ref", "--format=delete %(refname)", "refs/exps").decode()
        self._git("update-ref", "--stdin", stdin=refs)
        self._git("checkout", "--quiet", "--force", "--detach", self.base)
        self._git("clean", "-dfq", self.layout.metrics.parent.relative_to(self.folder).as_posix())
        # The points of the commit's own run are not those of an experiment that does not come to `score`.
        for scored in (self.layout.metrics, self.layout.cmc, self.layout.histograms, self.layout.first_hits):
            scored.unlink(missing_ok=True)

    def forget_checkpoints(self) -> None:
        """Remove what trainings keep to resume from; one that was ended early is not resumed."""
        shutil.rmtree(self.layout.checkpoints, ignore_errors=True)

    def start(self, name: str, overrides: Sequence[str], target: str, log: Path, extra: dict[str, str]) -> Process:
        """Start an experiment.

        Args:
            name: of the experiment.
            overrides: each a `-S` of `dvc exp run`.
            target: the stage to run up to.
            log: where what it prints goes.
            extra: environment variables for its stages.
        """
        values = [word for override in overrides for word in ("--set-param", override)]
        command = [sys.executable, "-P", guarded.__file__, "exp", "run", "--name", name, *values, target]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, **extra}
        with log.open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def hand_over(self, name: str) -> None:
        """Give the project the experiment that ended here.

        Raises:
            LookalikeError: it did not.
        """
        reference = f"refs/exps/{self.base[:2]}/{self.base[2:]}/{name}"
        given = str(self.folder.absolute()), f"+{reference}:{reference}"
        if git(self.root, "fetch", "--quiet", "--no-tags", *given) is None:
            raise LookalikeError(f"{name}: DVC ended well and left no experiment in {self.folder}")

    @property
    def _whole(self) -> Path:
        """A file that is there once the copy is whole; git leaves it alone."""
        return self.folder / ".dvc/tmp/whole"

    def _make(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        _call(self.root, "git", "clone", "--quiet", "--shared", "--no-checkout", ".", str(self.folder.absolute()))
        self._git("config", "user.name", "lookalike")
        self._git("config", "user.email", "sweep@localhost")
        self._git("checkout", "--quiet", "--detach", self.base)
        _share_cache(self.root, self.folder)
        _give_dataset(self.root, self.folder, self.dataset)
        self._whole.parent.mkdir(exist_ok=True)
        self._whole.touch()

    def _git(self, *command: str, stdin: str = "") -> bytes:
        printed = git(self.folder, *command, stdin=stdin)
        if printed is None:
            raise LookalikeError(f"{self.folder}: `git {' '.join(command)}` fails there; remove the folder")
        return printed


def _share_cache(root: Path, folder: Path) -> None:
    local = Path(".dvc/config.local")
    if (root / local).is_file():
        shutil.copyfile(root / local, folder / local)
    cache = Path(_call(root, sys.executable, "-m", "dvc", "cache", "dir").strip())
    _call(folder, sys.executable, "-m", "dvc", "cache", "dir", "--local", str(root.absolute() / cache))


def _give_dataset(root: Path, folder: Path, dataset: str) -> None:
    """Take the dataset out of DVC's cache, or link one that DVC was not given."""
    images, copied = Layout(root).images(dataset), Layout(folder).images(dataset)
    pointer = copied.with_name(f"{dataset}.dvc")
    if pointer.is_file():
        _call(folder, sys.executable, "-m", "dvc", "checkout", "--quiet", str(pointer.relative_to(folder)))
    elif dataset != SAMPLE and images.is_dir():
        copied.symlink_to(images.resolve())
    manual = Layout(root).manual_weights
    if manual.is_dir() and not Layout(folder).manual_weights.exists():
        Layout(folder).manual_weights.parent.mkdir(parents=True, exist_ok=True)
        Layout(folder).manual_weights.symlink_to(manual.resolve())


def _call(folder: Path, *command: str) -> str:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        raise LookalikeError(f"{folder}: `{' '.join(command)}` fails: {(result.stderr or result.stdout).strip()}")
    return result.stdout
