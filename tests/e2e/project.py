"""A throw-away clone of this project with a small sample, driven through dvc as a user would."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

# Big enough to train, validate and rank; small enough for seconds.
SMALL: dict[str, Any] = {
    "sample.train_identities": 8,
    "sample.test_identities": 3,
    "models.effnet_lite0.train.epochs": 1,
}


@dataclass(frozen=True)
class Project:
    """A clone in its own folder, with its own cache."""

    root: Path

    def dvc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dvc with the interpreter of the tests."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1", "HF_HUB_OFFLINE": "1"}
        environment |= {"LOOKALIKE_EXECUTOR": "local"}
        command = [sys.executable, "-m", "dvc", *arguments]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    def check(self, *arguments: str) -> str:
        """Run dvc, which must succeed, and return what it prints."""
        result = self.dvc(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def repro(self) -> list[str]:
        """Reproduce the pipeline and return the stages that ran, in order."""
        return re.findall(r"^Running stage '([^']+)'", self.check("repro"), re.M)

    def locked(self, *stages: str) -> str:
        """Return what dvc.lock says of some stages."""
        lock = yaml.safe_load((self.root / "dvc.lock").read_text())["stages"]
        return yaml.safe_dump({stage: lock[stage] for stage in stages})

    def at_experiment(self, name: str, path: str) -> str:
        """Return a file that git keeps of an experiment."""
        listed = subprocess.run(
            ["git", "for-each-ref", "--format=%(refname)", "refs/exps"], cwd=self.root, capture_output=True, text=True
        )
        (reference,) = (line for line in listed.stdout.split() if line.endswith(f"/{name}"))
        shown = subprocess.run(["git", "show", f"{reference}:{path}"], cwd=self.root, capture_output=True, text=True)
        return shown.stdout

    @staticmethod
    def params_of(file: Path) -> dict[str, Any]:
        """Return the params that a file holds."""
        params: dict[str, Any] = yaml.safe_load(file.read_text())
        return params

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Set params by their dotted names."""
        file = self.root / "params.yaml"
        params = yaml.safe_load(file.read_text())
        for key, value in changes.items():
            *parents, name = key.split(".")
            block = params
            for parent in parents:
                block = block[parent]
            assert name in block, f"{key} is not in params.yaml"
            block[name] = value
        file.write_text(yaml.safe_dump(params, sort_keys=False))

    def outputs(self) -> dict[str, bytes]:
        """Return the bytes of every file that the pipeline wrote."""
        folders = ("data", "metrics", "reports", "submission")
        files = (path for folder in folders for path in (self.root / folder).rglob("*"))
        return {str(p.relative_to(self.root)): p.read_bytes() for p in files if p.is_file() and p.name != ".gitignore"}


def clone(target: Path) -> Project:
    """Copy the project's own files, as git sees them, into a new repository with the small sample."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith("metrics/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    (target / "dvc.lock").unlink(missing_ok=True)
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "clone"]):
        subprocess.run(["git", *command], cwd=target, check=True)
    project = Project(target)
    project.edit(SMALL)
    return project
