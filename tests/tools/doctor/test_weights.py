import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from lookalike.params.load import Params
from lookalike.run.layout import Layout
from lookalike.tools.doctor.weights import examine, faults, tables

CONTENT = b"tensors"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
URL = "https://example.org/net.pth"
SHIPPED = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())


def params(run: list[str], weights: dict[str, dict[str, str]]) -> Params:
    """Return the shipped params with one recipe under other names."""
    raw: dict[str, Any] = SHIPPED | {"run": SHIPPED["run"] | {"models": run}, "weights": weights}
    sface = SHIPPED["models"]["sface"]
    raw["models"] = {name: sface | {"backbone": sface["backbone"] | {"weights": name}} for name in weights}
    return Params.model_validate(raw)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Layout(tmp_path).manual_weights.mkdir(parents=True)
    return tmp_path


def state(folder: Path, source: str, sha256: str = DIGEST) -> tuple[str, str]:
    (one,) = examine(params(["net"], {"net": {"source": source, "sha256": sha256}}), Layout(folder))
    return one.state, one.advice


def test_fetched_weights_are_verified_by_their_bytes(folder: Path) -> None:
    Layout(folder).weights("net").write_bytes(CONTENT)
    assert state(folder, URL) == ("verified", "")
    Layout(folder).weights("net").write_bytes(b"other")
    found, advice = state(folder, URL)
    assert found == "damaged"
    assert "dvc repro -f weights@net" in advice


def test_weights_that_a_run_can_get(folder: Path) -> None:
    found, advice = state(folder, URL)
    assert found == "to download"
    assert URL in advice
    assert f"manual/{DIGEST}" in advice
    (Layout(folder).manual_weights / DIGEST).write_bytes(CONTENT)
    assert state(folder, URL) == ("at hand", "")
    (folder / "here").write_bytes(CONTENT)
    assert state(folder, f"file:{folder / 'here'}") == ("at hand", "")


def test_weights_that_a_run_cannot_get_block_it(folder: Path) -> None:
    gone = {"source": f"file:{folder / 'gone'}", "sha256": DIGEST}
    unpinned = {"source": URL, "sha256": ""}
    seen = examine(params(["net"], {"net": gone, "idle": unpinned}), Layout(folder))
    assert [(one.model, one.wanted, one.state) for one in seen] == [
        ("net", True, "missing"),
        ("idle", False, "missing"),
    ]
    (told,) = faults(seen)
    assert "gone" in told
    assert "Put that file at" in told
    assert "sha256 is empty" in seen[1].advice


def test_the_run_is_listed_one_by_one_and_the_rest_by_state(folder: Path) -> None:
    weights = {name: {"source": URL, "sha256": DIGEST} for name in ("b", "a", "c")}
    Layout(folder).weights("c").write_bytes(CONTENT)
    run, others = tables(examine(params(["b"], weights), Layout(folder)))
    assert [row[:2] for row in run.rows] == [("b", "to download")]
    assert [row[:2] for row in others.rows] == [("to download", "a"), ("verified", "c")]
