"""Where the commands of the documentation are run: a copy of the finished tiny project, beside somebody's home."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lookalike.catalog.layout import SUFFIXES
from lookalike.run.layout import Layout
from tests.e2e.project import Project

AUTHOR = {f"GIT_{who}_{what}": "test@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
DRAWINGS = 6
IDENTITIES = 4


@dataclass(frozen=True)
class Workshop:
    """A project whose run is committed on `main`.

    Attributes:
        root: the project; commands run here.
        home: what `~` stands for.
    """

    root: Path
    home: Path

    @classmethod
    def copy_of(cls, project: Project, folder: Path) -> "Workshop":
        workshop = cls(folder / "project", folder / "home")
        shutil.copytree(project.root, workshop.root, symlinks=True)
        workshop.home.mkdir()
        for command in (["add", "."], ["commit", "-qm", "a run"], ["branch", "-qM", "main"]):
            workshop.call("git", *command)
        return workshop

    def keep_experiment(self, name: str) -> None:
        """Give the committed run a name as an experiment, where DVC keeps those; `dvc exp save` would hash it all."""
        base = self.call("git", "rev-parse", "HEAD").strip()
        commit = self.call("git", "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", name).strip()
        self.call("git", "update-ref", f"refs/exps/{base[:2]}/{base[2:]}/{name}", commit)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of every command; nothing calls home."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        quiet = {"DVC_NO_ANALYTICS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "HF_HUB_OFFLINE": "1"}
        return {"PATH": path, "HOME": str(self.home), **quiet, **AUTHOR}

    def call(self, *command: str) -> str:
        """Run a program in the project, which has to end well, and return what it prints."""
        environment = os.environ | self.environment
        result = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def path(self, word: str) -> Path:
        """Return the file that a command names; it must be the reader's or the project's."""
        path = Path(os.path.normpath(self.root / word.replace("~", str(self.home), 1)))
        assert path.is_relative_to(self.root.parent), f"{word}: neither in the project nor in the home of the reader"
        return path

    def lay_out(self, word: str) -> str:
        """Return an argument as a path, and put a photograph or a folder of drawings there if nothing is."""
        path = self.path(word)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix.lower() in SUFFIXES:
                shutil.copyfile(self._sample("query")[0], path)
            else:
                path.mkdir()
                for drawing in self._sample("gallery")[:DRAWINGS]:
                    shutil.copyfile(drawing, path / drawing.name)
        return str(path)

    def lay_out_identities(self, word: str) -> str:
        """Return an argument as a path, and put a folder of identities there."""
        path = self.path(word)
        for identity in sorted((Layout(self.root).images("sample") / "train").iterdir())[:IDENTITIES]:
            shutil.copytree(identity, path / identity.name)
        return str(path)

    def link_dataset(self, name: str) -> None:
        """Put the sample where a dataset is expected that is not here."""
        folder = Layout(self.root).images(name)
        if not folder.exists():
            folder.unlink(missing_ok=True)
            folder.symlink_to("sample")

    def _sample(self, split: str) -> list[Path]:
        return sorted((Layout(self.root).images("sample") / "test" / split).iterdir())
