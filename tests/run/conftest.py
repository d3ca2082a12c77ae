import shutil
from pathlib import Path

import pytest


@pytest.fixture
def project(made_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to spoil, as the working folder."""
    root = tmp_path / "project"
    shutil.copytree(made_project, root, symlinks=True)
    monkeypatch.chdir(root)
    return root
