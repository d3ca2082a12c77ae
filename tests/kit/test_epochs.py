"""Epochs that a training notes for who watches it."""

from pathlib import Path

import pytest

from lookalike.kit.progress import EPOCHS_VARIABLE, Epoch, note_epoch, read_epochs

FIRST, SECOND = Epoch(1, 1, 900.0, 0.5), Epoch(1, 2, 950.5, 0.625)


def test_what_is_noted_is_read_in_order_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "epochs"
    assert read_epochs(file) == []
    monkeypatch.setenv(EPOCHS_VARIABLE, str(file))
    for epoch in (FIRST, SECOND, SECOND, Epoch(2, 1, 1.0, 0.0)):
        note_epoch(epoch)
    assert read_epochs(file) == [FIRST, SECOND, Epoch(2, 1, 1.0, 0.0)]


def test_a_line_that_is_still_being_written_waits(tmp_path: Path) -> None:
    file = tmp_path / "epochs"
    file.write_text("[1, 1, 900.0, 0.5]\n[1, 2, 95")
    assert read_epochs(file) == [FIRST]


def test_nobody_watching_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EPOCHS_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    note_epoch(FIRST)
    assert list(tmp_path.iterdir()) == []
