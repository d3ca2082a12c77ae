"""The storeys of the house: who may import whom."""

import pytest

from lookalike.kit.sources import PACKAGE
from tests.pipeline.imports import arrows, modules
from tests.pipeline.map import PAGE, drawn

# From the ground up; a package imports what stands before it, and the stage packages in the middle each other.
STOREYS = {"kit": 0, "params": 1, "run": 3, "tools": 4, "commands": 5, "cli": 6}
STAGE_PACKAGES = 2
WITHOUT_TORCH = ("retrieval", "fusion", "metrics", "validation", "engine/executors")
ENGINE_IMPORTS = {"kit", "params", "catalog", "faces", "backbones", "embedding", "weights"}


def storey(room: str) -> int:
    return STOREYS.get(room, STAGE_PACKAGES)


@pytest.mark.parametrize(("room", "others"), sorted(arrows().items()))
def test_nobody_imports_from_a_storey_above(room: str, others: set[str]) -> None:
    assert [other for other in sorted(others) if storey(other) > storey(room)] == []


def test_no_circle_between_packages() -> None:
    graph = arrows()

    def reached(room: str, seen: set[str]) -> set[str]:
        for other in graph.get(room, set()) - seen:
            seen.add(other)
            reached(other, seen)
        return seen

    assert [room for room in sorted(graph) if room in reached(room, set())] == []


def test_the_engine_knows_images_and_networks_alone() -> None:
    assert arrows()["engine"] <= ENGINE_IMPORTS


def test_executors_know_nothing_of_the_work() -> None:
    files = (PACKAGE / "engine/executors").rglob("*.py")
    ours = {module for file in files for module in modules(file) if module.startswith(PACKAGE.name)}
    assert {".".join(module.split(".")[:3]) for module in ours if ".kit." not in module} == {
        "lookalike.engine.executors"
    }


def test_no_loose_module_but_the_entry_point() -> None:
    assert {file.name for file in PACKAGE.glob("*.py")} == {"__init__.py", "cli.py"}


@pytest.mark.parametrize("room", WITHOUT_TORCH)
def test_packages_that_rank_never_import_torch(room: str) -> None:
    libraries = {module.split(".")[0] for file in (PACKAGE / room).rglob("*.py") for module in modules(file)}
    assert not libraries & {"torch", "torchvision", "timm", "open_clip", "onnxruntime", "openvino"}


def test_the_map_shows_the_imports_of_today() -> None:
    assert drawn(PAGE.read_text()) == PAGE.read_text(), "run `make docs`"
