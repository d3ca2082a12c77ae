"""Plans of many images against figures worked out by hand."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
import yaml

from lookalike.catalog.table import Catalog
from lookalike.commands.doctor import whole_number
from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.durations import Work, note_work, read_work
from lookalike.kit.errors import LookalikeError
from lookalike.params.load import load_params
from lookalike.retrieval.ranking import Ranking, depth_within
from lookalike.run.layout import Layout
from lookalike.run.run import Run
from lookalike.tools.doctor import steps
from lookalike.tools.doctor.plan import Plan
from lookalike.tools.doctor.plan_tables import amount, plan_tables, span
from lookalike.tools.doctor.room import Sizes, disk, memory
from lookalike.tools.doctor.steps import Fleet, Scale, Step, make_steps, search_work, time_product
from tests.tools.doctor.command import invoke

SHIPPED = Path(__file__).parents[3] / "params.yaml"
LOCAL, RAY = Fleet("local", 1, 4), Fleet("ray", 10, 32)
# 100 images a core-second, on 4 cores of which 3 were busy.
WORK = Work(
    units=600, seconds=2.0, core_seconds=6.0, threads=4, memory=250_000_000, device="cpu", cores=4, machine="EPYC"
)
SCALE = Scale(images=1_000_000, queries=1000, depth=10, dims={"effnet_lite0": 256, "sface": 128})


def step(name: str, units: float = 7.2e6, work: Work = WORK) -> Step:
    return Step(name, units, work, "the last run")


def test_rates_are_of_images_that_were_computed() -> None:
    assert WORK.rate == 100
    assert WORK.busy == 0.75


def test_more_threads_than_cores_are_no_cores() -> None:
    assert replace(WORK, threads=64).busy == 0.75
    assert replace(WORK, threads=1).busy == 1.0


def test_hours_of_a_step_that_spreads() -> None:
    faces = step("faces")
    assert faces.core_hours == 20  # 7.2e6 / 100 / 3600
    assert faces.hours(LOCAL) == pytest.approx(20 / 3)
    assert faces.hours(RAY) == pytest.approx(20 / 240)
    assert faces.rate(LOCAL) == pytest.approx(300)  # as it was measured: 600 in 2 seconds


@pytest.mark.parametrize("name", ["catalog", "rank@sface", "fuse"])
def test_a_stage_that_has_no_executor_runs_on_one_machine(name: str) -> None:
    assert step(name).hours(RAY) == pytest.approx(20 / 24)


def test_a_card_is_one_however_many_cores_are_beside_it() -> None:
    on_card = step("embed@sface", work=replace(WORK, device="cuda"))
    assert on_card.work.rate == 300
    assert on_card.core_hours == pytest.approx(20 / 3)
    assert on_card.hours(RAY) == pytest.approx(2 / 3)


def works(**more: Work) -> dict[str, Work]:
    return dict.fromkeys(["catalog", "faces", "embed@sface", "embed@effnet_lite0"], WORK) | more


def test_steps_of_the_shipped_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    product = replace(WORK, units=1e12, core_seconds=1.0)
    monkeypatch.setattr(steps, "time_product", lambda: product)
    made = make_steps(load_params(SHIPPED), SCALE, works())
    assert {one.name: one.units for one in made} == {
        "catalog": 1e6,
        "faces": 1e6,
        "embed@effnet_lite0": 1e6,
        "embed@sface": 1e6,
        "rank@effnet_lite0": 1000 * 999_000 * 256,
        "rank@sface": 1000 * 999_000 * 128,
        "fuse": 1000 * 999_000 * 384,
    }
    assert made[-1].work.rate == 0.7e12


def test_a_dataset_without_faces_has_no_step_for_them(tmp_path: Path) -> None:
    params = yaml.safe_load(SHIPPED.read_text())
    params["run"]["dataset"] = "objects"
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(params))
    named = [one.name for one in make_steps(load_params(file), SCALE, works(**{"rank@sface": WORK}))]
    assert "faces" not in named and "embed@sface" in named


def test_what_was_never_measured_is_named_with_what_to_do() -> None:
    some = {"catalog": WORK, "faces": WORK, "embed@sface": WORK}
    with pytest.raises(LookalikeError, match=r"^embed@effnet_lite0: never .*--single-item embed@effnet_lite0"):
        make_steps(load_params(SHIPPED), SCALE, some)


def test_search_that_took_no_time_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = replace(WORK, units=4e6, core_seconds=0.01)
    large = replace(WORK, units=4e12, core_seconds=100.0)
    monkeypatch.setattr(steps, "time_product", lambda: replace(WORK, units=6e12))
    assert search_work(["sface"], {"rank@sface": tiny})[0].rate == pytest.approx(0.7e12)
    assert search_work(["sface", "dlib"], {"rank@sface": tiny, "rank@dlib": large}) == (large, "the last run")


def test_a_product_is_timed_as_if_nothing_else_ran() -> None:
    product = time_product()
    assert product.units % (1024 * 8192 * 512) == 0
    assert product.busy == pytest.approx(1)
    assert product.rate > 1e8


@pytest.mark.parametrize(
    ("depth", "queries", "gallery", "expected"),
    [(0, 128, 128, 128), (0, 1000, 10**6, 10_000), (0, 10**8, 10**9, 10), (50, 1000, 10**6, 50), (50, 1000, 20, 20)],
)
def test_answers_that_are_kept(depth: int, queries: int, gallery: int, expected: int) -> None:
    assert depth_within(depth, queries, gallery) == expected


def test_bytes_on_disk() -> None:
    sizes = Sizes(original=10_000.0, name=36.0, rows={"catalogue": 100.0, "embeddings of sface": 600.0})
    found = {room.what: room.bytes for room in disk(SCALE, sizes, True, 3)}
    assert found == {
        "originals": 10e9,
        "store: faces": 92e6,  # 32 of digest, 15 numbers
        "store: vectors of effnet_lite0": 1056e6,
        "store: vectors of sface": 544e6,
        "catalogue, and DVC's copy": 200e6,
        "embeddings of sface, and DVC's copy": 1200e6,
        "3 rankings of depth 10, and DVC's copies": 2 * 3 * (10_000 * 8 + 1_000_000 * 40),
    }
    assert "store: faces" not in {room.what for room in disk(SCALE, sizes, False, 3)}


def test_a_ranking_repeats_the_ids_of_the_gallery_in_each_row_group() -> None:
    sizes = Sizes(original=1.0, name=36.0, rows={})
    deep = replace(SCALE, depth=2000)  # two million answers, in two groups of 2^20
    assert disk(deep, sizes, False, 1)[-1].bytes == 2 * (2_000_000 * 8 + 2 * 1_000_000 * 40)


def test_a_ranking_takes_no_more_than_planned(tmp_path: Path) -> None:
    image_id = np.array([f"gallery/{number:06d}.jpg" for number in range(3000)], dtype=object)
    order = np.argsort(np.random.default_rng(0).random((100, 3000)), axis=1).astype(np.int32)[:, :50]
    Ranking(image_id[:100], image_id, order, np.zeros((100, 50), np.float32)).write(tmp_path / "ranking.parquet")
    sizes = Sizes(original=1.0, name=18.0, rows={})
    planned = disk(Scale(3100, 100, 50, {}), sizes, False, 1)[-1].bytes / 2
    assert 0.8 * planned < (tmp_path / "ranking.parquet").stat().st_size < planned + 2000  # and a footer


def test_bytes_in_memory() -> None:
    found = {room.what: room.bytes for room in memory(SCALE, [WORK, replace(WORK, memory=900_000_000)])}
    assert found == {
        "a worker": 900e6,
        "rank: keys, parts and answers": 475e6 + 3 * 65_536 * 256 * 4 + 80_000,
        "fuse by cosines alone: the same": 2 * 475e6 + 3 * 65_536 * 384 * 4 + 80_000,
        "fuse otherwise: all vectors": 1e6 * 384 * 4 + 80_000,
    }


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0.5 / 3600, "0.5 s"),
        (0.5, "30.0 min"),
        (3.25, "3.2 h"),
        (47.9, "47.9 h"),
        (48, "2.0 days"),
        (17532, "2.0 years"),
    ],
)
def test_times_as_people_read_them(hours: float, text: str) -> None:
    assert span(hours) == text


@pytest.mark.parametrize(
    ("count", "text"), [(87.75, "87.8"), (881, "881"), (14_800, "14.8 k"), (28.2e9, "28.2 G"), (9.2e14, "920 T")]
)
def test_amounts_as_people_read_them(count: float, text: str) -> None:
    assert amount(count) == text


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run of ten images of 1000 bytes, of which two ask."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(SHIPPED.read_text())
    layout = Layout()
    image_id = np.array([f"test/{number}.jpg" for number in range(10)], dtype=object)
    split = np.array(["query"] * 2 + ["gallery"] * 8, dtype=object)
    blank, real = np.full(10, None, dtype=object), np.full(10, "real", dtype=object)
    side, ok = np.full(10, 8, np.int32), np.full(10, "ok", dtype=object)
    Catalog(image_id, split, real, blank, side, side, np.full(10, "0" * 64, dtype=object), ok).write(layout.catalog)
    layout.faces.write_bytes(bytes(500))
    for model, dim in SCALE.dims.items():
        EmbeddingTable(image_id, split, real, blank, np.eye(10, dim, dtype=np.float32)).write(layout.embeddings(model))
    (layout.images("sample") / "test").mkdir(parents=True)
    for name in image_id:
        (layout.images("sample") / name).write_bytes(bytes(1000))
    for kind in [*works(), "rank@sface"]:
        note_work(kind, 600, 2.0, 6.0, threads=4, memory=250_000_000, file=layout.work)
    return tmp_path


def test_a_plan_takes_the_share_of_queries_from_the_last_run(project: Path) -> None:
    plan = Plan.make(Run(), 1_000_000, None, None, None)
    assert (plan.scale.queries, plan.scale.gallery, plan.scale.depth) == (200_000, 800_000, 50)
    assert plan.fleets[1] == RAY
    assert plan.original == 1000
    assert next(room.bytes for room in plan.disk if room.what.startswith("face table")) == 2 * 1e6 * 50


def test_reading_and_the_end_of_exact_search(project: Path) -> None:
    plan = Plan.make(Run(), 1_000_000, 1000, 3, 8)
    assert plan.fleets[1] == Fleet("ray", 3, 8)
    fleet = Fleet("ray", 3, 8)
    cores = 8 * plan.steps[0].work.busy
    # Faces and vectors on three machines, at 100 images of 1000 bytes a core-second.
    assert plan.reading(fleet) == pytest.approx(3 * cores * 100 * 1000)
    # A day of one machine holds 86,400 × cores × 100 products, of which each gallery image takes 1000 × 768.
    assert plan.exact(fleet) == pytest.approx(86_400 * cores * 100 / (1000 * 768))


def test_the_command_prints_the_plan_alone(project: Path) -> None:
    code, text = invoke("--plan", "1e6", "--queries", "1000")
    assert code == 0, text
    assert text.startswith("1,000,000 images, 1,000 of them queries, by effnet_lite0 + sface as measured on sample")
    assert "torch" not in text
    assert [table.title.split(",")[0] for table in plan_tables(Plan.make(Run(), 10**6, None, None, None))] == [
        "1",
        "Disk",
        "Memory of one process",
    ]


def test_json_holds_the_same_plan(project: Path) -> None:
    found = json.loads(invoke("--plan", "1_000_000", "--machines", "3", "--json")[1])
    assert found["scale"]["images"] == 1_000_000
    assert found["fleets"][1] == {"executor": "ray", "machines": 3, "cores": 32}
    faces = next(one for one in found["steps"] if one["step"] == "faces")
    assert faces["units_a_core_second"] == 100
    assert faces["core_hours"] == pytest.approx(1e4 / 3600)
    assert set(faces["hours"]) == set(found["reading_bytes_a_second"]) == {"local", "ray"}


def test_without_a_measured_run_there_is_no_plan(project: Path) -> None:
    Layout().work.unlink()
    code, text = invoke("--plan", "1e6")
    assert code == 1
    assert "lookalike: no run has been measured on this machine; run `dvc repro`, then ask again" in text


def test_without_its_images_there_is_no_plan(project: Path) -> None:
    Layout().images("sample").rename("elsewhere")
    code, text = invoke("--plan", "1e6")
    assert code == 1
    assert "data/raw/sample: holds no image of the last run" in text


def test_what_belongs_to_a_plan_is_refused_without_one(project: Path) -> None:
    code, text = invoke("--cores", "3")
    assert code == 1
    assert "add --plan 1e6" in text


def test_no_more_can_ask_than_there_are(project: Path) -> None:
    code, text = invoke("--plan", "1000", "--queries", "1000")
    assert code == 1
    assert "--queries 1000: expected fewer than the 1000 images" in text


@pytest.mark.parametrize(("text", "count"), [("1e9", 10**9), ("1_000_000", 10**6), ("2", 2), ("1e15", 10**15)])
def test_counts_as_people_write_them(text: str, count: int) -> None:
    assert whole_number(text) == count


@pytest.mark.parametrize("text", ["1.5", "1", "0", "-1e6", "nan", "inf", "1e16", "10M", ""])
def test_no_count_of_images(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected a whole number"):
        whole_number(text)


def test_a_stage_notes_what_it_computed(project: Path) -> None:
    script = SHIPPED.parent / "stages/rank.py"
    result = subprocess.run([sys.executable, script, "--model", "effnet_lite0"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert read_work(Layout().work)["rank@effnet_lite0"].units == 2 * 8 * 256
