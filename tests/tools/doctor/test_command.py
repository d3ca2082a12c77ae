import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from lookalike.kit.files import write_json
from lookalike.run.run import Run
from lookalike.tools.doctor.dataset import Dataset
from lookalike.tools.doctor.machine import Machine
from lookalike.tools.doctor.outlook import Outlook
from tests.tools.doctor.command import invoke

SHIPPED = Path(__file__).parents[3] / "params.yaml"
COUNTS = {"images": 1200, "ok": 1199, "identities": 7}
CATALOG = {"splits": {"query": COUNTS}, "faults": {"unreadable: truncated": {"count": 1, "examples": ["a.jpg"]}}}
FACES = {"cropped": True, "by_domain": {"real": 0.98765, "synthetic": 0.5}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose pipeline has nothing to do: what DVC tells is tested on its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Outlook, "look", classmethod(lambda cls, durations: cls((), {}, 0, (), 10**9)))
    Path("params.yaml").write_text(SHIPPED.read_text())
    return tmp_path


def point_at(dataset: str) -> None:
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["run"]["dataset"] = dataset
    Path("params.yaml").write_text(yaml.safe_dump(params))


def test_a_sound_project_passes(project: Path) -> None:
    code, text = invoke()
    assert code == 0, text
    assert version("torch") in text
    assert "Nothing has run yet." in text


def test_a_pipe_among_the_images_does_not_hold_the_doctor_up(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_: object, durations: object) -> None:
        raise AssertionError("DVC hashes the dataset, and waits for ever at a pipe")

    monkeypatch.setattr(Outlook, "look", classmethod(wait))
    point_at("caricature")
    Path("data/raw/caricature").mkdir(parents=True)
    os.mkfifo("data/raw/caricature/pipe.jpg")
    code, text = invoke()
    assert code == 1
    assert "data/raw/caricature/pipe.jpg: a pipe, socket or device, no file; remove it" in text
    assert json.loads(invoke("--json")[1].partition("\nlookalike:")[0])["outlook"] is None


def test_what_blocks_a_run_is_told_with_exit_code_1(project: Path) -> None:
    point_at("caricature")
    code, text = invoke()
    assert code == 1
    assert "data/raw/caricature: no such folder; copy or link the dataset there" in text
    Path("data/raw/caricature").mkdir(parents=True)
    assert invoke()[0] == 0


def test_json_holds_the_same(project: Path) -> None:
    write_json(Path("metrics/catalog.json"), CATALOG)
    code, text = invoke("--json")
    found = json.loads(text)
    assert code == 0
    assert found["faults"] == []
    assert found["machine"]["versions"]["dvc"] == version("dvc")
    assert found["dataset"]["catalog"] == CATALOG
    assert {one["model"] for one in found["weights"]} == set(yaml.safe_load(SHIPPED.read_text())["models"])


def test_the_last_run_is_counted(project: Path) -> None:
    write_json(Path("metrics/catalog.json"), CATALOG)
    write_json(Path("metrics/faces.json"), FACES)
    write_json(Path("metrics/metrics.json"), {"dataset": "objects"})
    table = Dataset.look("sample", Run()).table()
    assert table.title == "Dataset objects, as the last run saw it"
    assert table.rows == [("query", "1,200", "1,199", "7")]
    assert table.note == ("Faults: unreadable: truncated: 1. Faces found in 98.8% of real, 50.0% of synthetic images.")


def test_a_package_that_is_not_there_blocks() -> None:
    machine = Machine({"python": "3.11.0", "torch": None}, "cpu", 1, 2)
    assert machine.faults() == ["torch is not installed; run `make setup`"]
    assert ("torch", "not installed") in machine.table().rows
