"""A cache of weights of each test's own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shared"
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", str(folder))
    monkeypatch.delenv("LOOKALIKE_MIRRORS", raising=False)
    return folder
