"""The GPU's benchmark on a processor, with small sizes: every table comes out, and says when weights differ."""

import re

import pytest
import torch

from benchmarks import gpu, seeded, training_loops
from benchmarks.seeded import tiny

# Slow: it times networks, and forces a loop to run an epoch twice; a stand-in would show nothing.
pytestmark = pytest.mark.slow


def rows(text: str, title: str) -> list[list[str]]:
    """Return the cells of the table whose first heading starts with `title`."""
    table = text[text.index(f"| {title}") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines()[2:]]


def test_every_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    gpu.main(["--device", "cpu", "--small"])
    text = capsys.readouterr().out
    backbones = rows(text, "images a second")
    assert [row[:2] for row in backbones] == [[name, p] for name in seeded.SMALL for p in ("fp32", "bf16")]
    assert all(float(row[4]) == pytest.approx(float(row[3]) / float(row[2]), rel=0.05, abs=0.01) for row in backbones)
    assert len(rows(text, "photographs a second")) == 1
    (step,) = rows(text, "seconds a step")
    assert step[4] == "same bytes"
    assert [row[0] for row in rows(text, "first 100")] == ["queries: 1", "queries: 50"]


def test_a_network_that_is_not_installed_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def absent() -> None:
        raise ModuleNotFoundError("No module named 'somewhere'")

    gpu.backbones({"other": (absent, 32)}, 8, 1, torch.device("cpu"))
    assert "| other | left out: No module named 'somewhere' |" in capsys.readouterr().out


def test_a_loop_with_other_weights_is_not_called_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loops._Run, "_plain_step", lambda *_: torch.zeros(()))
    cells = training_loops.compared(tiny(), 32, 1, 8, torch.device("cpu"), 2)
    assert re.search(r"\| \de-\d\d apart$", cells)
