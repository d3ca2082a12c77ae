"""dvc.yaml against the code: a stage declares exactly what it imports and the params it reads."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from lookalike.params.fusion import RULES
from tests.pipeline.declare import code_of, is_imported
from tests.pipeline.imports import imported_files, script_of, tracked_files

STAGES = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]
NAMES = sorted(STAGES)


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_declares_exactly_the_code_it_imports(stage: str) -> None:
    assert [dep for dep in STAGES[stage]["deps"] if is_imported(dep)] == code_of(stage), "run `make declare`"


# What a stage finds by a name in params, or opens as a file: (stage, path) -> why the whole of it can matter.
BY_HAND = {
    ("finetune", "src/lookalike/backbones/families"),
    ("embed", "src/lookalike/backbones/families"),
    ("tune", "src/lookalike/fusion/rules/${run.fusion}.py"),
    ("fuse", "src/lookalike/fusion/rules/${run.fusion}.py"),
    ("report", "src/lookalike/report/templates"),
}


def test_no_other_code_is_declared() -> None:
    code = {(stage, dep) for stage in NAMES for dep in STAGES[stage]["deps"] if dep.startswith(("src/", "stages/"))}
    assert {(stage, dep) for stage, dep in code if not is_imported(dep)} == BY_HAND


@pytest.mark.parametrize("stage", ["tune", "fuse"])
@pytest.mark.parametrize("rule", RULES)
def test_what_a_fusion_rule_imports_is_declared_with_it(stage: str, rule: str) -> None:
    file = Path(f"src/lookalike/fusion/rules/{rule}.py")
    assert "\ndef fuse(" in file.read_text()
    assert tracked_files(file) <= tracked_files(script_of(stage))
    assert file not in tracked_files(script_of(stage))


def test_every_file_of_a_fusion_rule_has_a_name_in_params() -> None:
    files = {path.stem for path in Path("src/lookalike/fusion/rules").glob("*.py")} - {"__init__"}
    assert files == set(RULES)


def test_a_package_is_introduced_by_words_alone() -> None:
    # `__init__.py` is declared by no stage, so nothing in it may change a result.
    for file in Path("src").rglob("__init__.py"):
        allowed = (ast.Expr, ast.Import) if file.parent.name == "backbones" else ast.Expr
        assert all(isinstance(node, allowed) for node in ast.parse(file.read_text()).body), file


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
