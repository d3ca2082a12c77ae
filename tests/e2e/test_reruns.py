"""Which stages an edit reruns: exactly those that read what was edited; what follows depends on what they write."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dvc.repo import Repo

from tests.e2e.project import Project

pytestmark = pytest.mark.e2e

MODELS = ("effnet_lite0", "sface")


def each(*stages: str) -> set[str]:
    """Return the stages of every model of the run."""
    return {f"{stage}@{model}" for stage in stages for model in MODELS}


EDITS: list[tuple[str, object, set[str]]] = [
    ("run.models", ["sface"], {"selection", "tune", "score", "report"}),
    ("run.fusion", "borda", {"tune", "fuse", "report"}),
    ("run.device", "cpu", each("finetune", "embed")),
    ("run.seed", 1, each("finetune") | {"tune", "score", "report"}),
    ("sample.seed", 8, {"sample"}),
    ("datasets.sample.labels", "prefix", {"catalog"}),
    ("datasets.sample.crop", False, each("crop", "embed") | {"catalog", "faces"}),
    ("datasets.sample.precision_k", 3, {"catalog", "score"}),
    ("datasets.fish.crop", True, set()),
    ("faces.side", 200, {"faces", "report"}),
    ("validation.seed", 2, each("finetune") | {"tune", "report"}),
    ("models.sface.backbone.family", "onnx_torch", {"sources@sface", "finetune@sface", "embed@sface"}),
    ("models.sface.backbone.architecture", "other", {"finetune@sface", "embed@sface"}),
    ("models.sface.backbone.weights", "dlib", {"weights@sface", "finetune@sface", "embed@sface"}),
    ("models.sface.crop.size", 96, {"crop@sface", "finetune@sface", "embed@sface"}),
    ("models.sface.head.kind", "residual", {"finetune@sface", "embed@sface"}),
    ("models.effnet_lite0.train.epochs", 2, {"finetune@effnet_lite0"}),
    ("models.sface.train.recipe", "head", {"crop@sface", "finetune@sface"}),
    ("models.sface.embed.batch", 8, {"embed@sface"}),
    ("models.sface_tuned.train.epochs", 9, set()),
    ("weights.resnet50.source", "file:elsewhere", each("weights")),
    ("retrieval.depth", 5, each("rank") | {"tune", "report"}),
    ("fusion.budget", 3, {"tune", "report"}),
    ("score.cmc_depth", 10, {"score", "report"}),
    ("report.top", 3, {"report"}),
]


@contextlib.contextmanager
def restored(file: Path) -> Iterator[None]:
    """Put a file back as it was."""
    original = file.read_bytes()
    try:
        yield
    finally:
        file.write_bytes(original)


def changed(project: Project) -> set[str]:
    """Return the stages that `dvc status` would run."""
    with contextlib.chdir(project.root), Repo(os.curdir) as repo:
        return set(repo.status())


@pytest.mark.parametrize(("key", "value", "stages"), EDITS, ids=[key for key, *_ in EDITS])
def test_an_edit_of_a_param_reruns_exactly_what_reads_it(
    finished_project: Project, key: str, value: object, stages: set[str]
) -> None:
    with restored(finished_project.root / "params.yaml"):
        finished_project.edit({key: value})
        assert changed(finished_project) == stages


def test_every_block_of_params_is_edited() -> None:
    blocks = {key.split(".")[0] for key, *_ in EDITS}
    recipe = {key.split(".")[2] for key, *_ in EDITS if key.startswith("models.")}
    assert blocks == set(Project.params_of(Path("params.yaml")))
    assert recipe == {"backbone", "crop", "head", "train", "embed"}


FILES: list[tuple[str, set[str]]] = [
    ("sample/hair.py", {"sample"}),
    ("weights/fetch.py", each("weights")),
    ("catalog/probe.py", {"catalog"}),
    ("faces/mtcnn.py", {"faces"}),
    ("faces/cut.py", each("crop", "embed")),
    ("engine/store.py", each("embed") | {"catalog", "faces"}),
    ("engine/looks.py", {"catalog"}),
    ("engine/faces.py", {"faces"}),
    ("engine/vectors.py", each("embed")),
    ("engine/upkeep.py", set()),
    ("engine/executors/base.py", set()),
    ("backbones/families/dlib.py", each("sources")),
    ("backbones/head.py", each("sources", "finetune", "embed")),
    ("backbones/runtime.py", each("sources", "embed")),
    ("training/loop.py", each("finetune")),
    ("embedding/embedder.py", each("embed")),
    ("validation/parts.py", each("finetune") | {"tune"}),
    ("retrieval/hubness.py", each("rank") | {"tune", "fuse"}),
    ("fusion/plan.py", {"tune", "fuse"}),
    ("fusion/rules/joint.py", {"tune", "fuse"}),
    ("fusion/rules/borda.py", set()),
    ("metrics/bootstrap.py", {"score"}),
    ("metrics/measures/precision_at.py", {"score"}),
    ("report/charts.py", {"report"}),
    ("report/templates/app.js", {"report"}),
    ("params/train.py", set()),
    ("run/revisions.py", set()),
    ("tools/search/searcher.py", set()),
    ("commands/query.py", set()),
]


@pytest.mark.parametrize(("name", "stages"), FILES, ids=[name for name, _ in FILES])
def test_an_edit_of_a_file_reruns_exactly_what_imports_it(
    finished_project: Project, name: str, stages: set[str]
) -> None:
    file = finished_project.root / "src/lookalike" / name
    with restored(file):
        file.write_text(
            f"{file.read_text()}\n// a comment\n" if file.suffix == ".js" else f"{file.read_text()}\n# a comment\n"
        )
        assert changed(finished_project) == stages


def test_one_file_of_every_package_is_edited() -> None:
    packages = {file.parent.name for file in Path("src/lookalike").glob("*/__init__.py")}
    assert packages - {"kit"} == {name.split("/")[0] for name, _ in FILES}


def test_a_comment_in_another_family_runs_nothing_but_the_note(finished_project: Project) -> None:
    file = finished_project.root / "src/lookalike/backbones/families/dlib.py"
    with restored(file):
        file.write_text(f"{file.read_text()}\n# a comment\n")
        assert set(finished_project.repro()) == each("sources")
    finished_project.repro()


def test_a_search_for_the_same_plan_changes_nothing_after_it(finished_project: Project) -> None:
    plan = (finished_project.root / "data/fusion.json").read_bytes()
    with restored(finished_project.root / "params.yaml"):
        finished_project.edit({"fusion.budget": 7})
        assert set(finished_project.repro()) == {"tune", "report"}
        assert (finished_project.root / "data/fusion.json").read_bytes() == plan
    finished_project.repro()


def test_a_model_that_is_no_longer_named_leaves_nothing_behind(finished_project: Project) -> None:
    before = finished_project.outputs()
    with restored(finished_project.root / "params.yaml"):
        finished_project.edit({"run.models": ["sface"]})
        assert set(finished_project.repro()) == {"selection", "tune", "fuse", "score", "report"}
        left = {name for name in finished_project.outputs() if "effnet_lite0" in name}
        assert not [name for name in left if name.startswith(("data/embeddings", "data/rankings", "metrics/training"))]
        shared = finished_project.locked("tune", "fuse", "score", "report")
        assert "effnet_lite0" not in shared
    assert finished_project.repro() == []
    assert finished_project.outputs() == before
