"""dvc.yaml against the code: a stage declares exactly what it imports and the params it reads."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from tests.pipeline.imports import imported_files

STAGES = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]
NAMES = sorted(STAGES)

# These cannot change what a stage writes: params are tracked by value; errors, progress, durations, workers and the way
# a fault is told write no output. A stage still names the options it reads, in the folder of their package.
UNTRACKED = re.compile(
    r"src/lookalike/(config|durations|errors|options|plainly|progress|workers)\.py|.*/(options|__init__)\.py"
)


def declared_code(stage: str) -> list[Path]:
    return [Path(dep) for dep in STAGES[stage]["deps"] if dep.startswith("src/")]


def is_covered(file: Path, declared: list[Path]) -> bool:
    return any(file == dep or dep in file.parents for dep in declared)


def script_of(stage: str) -> Path:
    return Path("stages") / f"{stage}.py"


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_names_the_code_it_imports(stage: str) -> None:
    imported = {file for file in imported_files(script_of(stage)) if not UNTRACKED.fullmatch(file.as_posix())}
    missing = sorted(map(str, (file for file in imported if not is_covered(file, declared_code(stage)))))
    assert not missing


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_names_no_code_it_does_not_import(stage: str) -> None:
    imported = imported_files(script_of(stage))
    idle = [str(dep) for dep in declared_code(stage) if not any(is_covered(file, [dep]) for file in imported)]
    assert not idle


def read_params(script: Path) -> set[str]:
    """Return the params a script reads, as dvc.yaml would name them."""
    reads = set()
    for node in ast.walk(ast.parse(script.read_text())):
        text = ast.unparse(node).replace("load_params()", "params")
        if match := re.fullmatch(r"params\.(run|validation|faces|retrieval|fusion|score|report|sample)(\.\w+)?", text):
            reads.add(match.group(1) + (match.group(2) or "" if match.group(1) == "run" else ""))
        elif match := re.fullmatch(r"params\.(models|weights)\[\w+\](\.crop)?", text):
            reads.add(f"{match.group(1)}.${{item.model}}{match.group(2) or ''}")
        elif match := re.fullmatch(r"params\.dataset(\.crop)?", text):
            reads.add(f"datasets.${{run.dataset}}{match.group(1) or ''}")
    return minimal(reads - {"run"})


def minimal(keys: set[str]) -> set[str]:
    """Drop a key whose child is read: `params.models[m].crop` contains the text `params.models[m]`."""
    return {key for key in keys if not any(other.startswith(key + ".") for other in keys)}


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_declares_exactly_the_params_it_reads(stage: str) -> None:
    declared = set(STAGES[stage].get("params", []))
    implied = {"run.dataset"} if any(key.startswith("datasets.") for key in declared) else set()
    assert read_params(script_of(stage)) | implied == declared | implied


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_script_is_thin(stage: str) -> None:
    assert len(script_of(stage).read_text().splitlines()) <= 60


@pytest.mark.parametrize("stage", ["sample", "catalog", "crop", "rank", "tune", "fuse", "score", "report"])
def test_a_stage_without_a_network_never_imports_torch(stage: str) -> None:
    files = [script_of(stage), *imported_files(script_of(stage))]
    importers = [str(file) for file in files if re.search(r"^\s*(import|from) torch", file.read_text(), re.M)]
    assert not importers


def test_every_stage_has_a_script_and_every_script_a_stage() -> None:
    assert {path.stem for path in Path("stages").glob("*.py")} == set(NAMES)


def test_no_param_but_the_models_is_a_list() -> None:
    def lists(value: object, name: str) -> list[str]:
        if isinstance(value, dict):
            return [found for key, inner in value.items() for found in lists(inner, f"{name}.{key}".strip("."))]
        return [name] if isinstance(value, list) else []

    assert lists(yaml.safe_load(Path("params.yaml").read_text()), "") == ["run.models"]
