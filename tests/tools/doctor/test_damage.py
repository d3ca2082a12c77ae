"""`lookalike check --read-data`: every damaged file of a run is named, and no other."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lookalike.cli import app
from lookalike.kit.files import sha256_file
from lookalike.params.load import Params, load_params
from lookalike.run.layout import Layout
from lookalike.tools.doctor.damage import find_damage
from lookalike.weights.note import write_note
from tests.made_project import OUTPUTS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def layout(made_project: Path, tmp_path: Path) -> Layout:
    """Return a copy of a finished run; DVC knows its outputs, and there are weights with a note."""
    layout = Layout(tmp_path / "project")
    shutil.copytree(made_project, layout.root)
    layout.weights("sface").parent.mkdir(parents=True)
    layout.weights("sface").write_bytes(b"weights of a network")
    write_note(layout.weights_note("sface"), sha256_file(layout.weights("sface")))
    return layout


@pytest.fixture
def params() -> Params:
    shipped = load_params(ROOT / "params.yaml")
    run = shipped.run.model_copy(update={"dataset": "made-up", "models": ["sface"]})
    return shipped.model_copy(update={"run": run})


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def test_a_whole_run_has_no_damage(layout: Layout, params: Params) -> None:
    damage = find_damage(params, layout)
    assert damage.faults == []
    images = sum(path.is_file() for path in layout.images("made-up").rglob("*.jpg"))
    assert images > 10 and damage.files > images + len(OUTPUTS)


@pytest.mark.parametrize(
    "name",
    [
        *OUTPUTS,
        "metrics/metrics.json",
        "metrics/first_hits.csv",
        "data/embeddings/sface.parquet",
        "data/weights/sface.weights",
        "data/weights/sface.json",
    ],
)
def test_one_damaged_file_is_the_one_that_is_named(layout: Layout, params: Params, name: str) -> None:
    flip(layout.root / name)
    faults = find_damage(params, layout).faults
    # A damaged note says nothing of the weights that it is about.
    assert {fault.partition(":")[0] for fault in faults} == {str(layout.root / name)}


def test_a_damaged_image_and_one_that_is_gone_are_named(layout: Layout, params: Params) -> None:
    first, second = sorted(layout.images("made-up").rglob("*.jpg"))[:2]
    flip(first)
    second.unlink()
    faults = find_damage(params, layout).faults
    assert len(faults) == 2
    assert faults[0].startswith(f"{first}: other bytes") and faults[1].startswith(f"{second}: cannot be read")


def test_an_output_that_is_gone_is_named(layout: Layout, params: Params) -> None:
    layout.metrics.unlink()
    assert find_damage(params, layout).faults == [f"{layout.metrics}: missing; run `dvc repro`"]


def test_a_folder_is_held_against_what_dvc_makes_of_it(layout: Layout, params: Params) -> None:
    folder = layout.submissions
    (folder / "inner").mkdir(parents=True)
    for name in ("b.json", "a.py", "inner/c"):
        (folder / name).write_text(name)
    from dvc.api import DVCFileSystem  # noqa: F401  (loads DVC, whose own hash is the oracle)
    from dvc_data.hashfile.build import build
    from dvc_data.hashfile.db import HashFileDB
    from dvc_objects.fs import LocalFileSystem

    local = LocalFileSystem()
    store = HashFileDB(local, str(layout.root / "store"))
    _, _, tree = build(store, str(folder), local, "md5")
    lock = yaml.safe_load(layout.lock.read_text())
    lock["stages"]["score"]["outs"].append({"path": "submission", "md5": tree.hash_info.value})
    layout.lock.write_text(yaml.safe_dump(lock))
    assert find_damage(params, layout).faults == []
    flip(folder / "inner/c")
    (fault,) = find_damage(params, layout).faults
    assert fault.startswith(f"{folder}: not what dvc.lock records")


def test_the_command_lists_all_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(ROOT / "params.yaml", "params.yaml")
    assert CliRunner().invoke(app, ["check", "--read-data"]).exit_code == 0
    layout = Layout()
    layout.plan.parent.mkdir()
    layout.plan.write_text('{"digest": "sha256-of-this-file:%s"}' % ("0" * 64))
    written = json.dumps({"a": 1}).encode()
    layout.lock.write_text(
        yaml.safe_dump({"stages": {"s": {"outs": [{"path": "gone.json", "md5": hashlib.md5(written).hexdigest()}]}}})
    )
    result = CliRunner().invoke(app, ["check", "--read-data"])
    assert result.exit_code == 1
    for text in ("data/fusion.json: damaged", "gone.json: missing", "2 damaged"):
        assert text in result.output
    assert CliRunner().invoke(app, ["check"]).exit_code == 0
