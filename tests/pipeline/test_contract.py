"""dvc.yaml against the code: a stage declares exactly what it imports and the params it reads."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lookalike.params.fusion import RULES
from tests.pipeline.declare import code_of, is_imported
from tests.pipeline.imports import ROOT, script_of, tracked_files

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
NAMES = sorted(STAGES)


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_declares_exactly_the_code_it_imports(stage: str) -> None:
    assert [dep for dep in STAGES[stage]["deps"] if is_imported(dep)] == code_of(stage), "run `make declare`"


# What a stage opens as a file or finds by a name in params: it declares the folder, and can use any file of it.
BY_HAND = {
    ("sources", "src/lookalike/backbones"),
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
    name = f"src/lookalike/fusion/rules/{rule}.py"
    assert "\ndef fuse(" in (ROOT / name).read_text()
    assert set(tracked_files(ROOT / name)) - {name} <= set(tracked_files(script_of(stage)))
    assert name not in tracked_files(script_of(stage))


def test_every_file_of_a_fusion_rule_has_a_name_in_params() -> None:
    files = {path.stem for path in (ROOT / "src/lookalike/fusion/rules").glob("*.py")} - {"__init__"}
    assert files == set(RULES)


def test_a_package_is_introduced_by_words_alone() -> None:
    # `__init__.py` is declared by no stage, so nothing in it may change a result.
    for file in (ROOT / "src").rglob("__init__.py"):
        allowed = (ast.Expr, ast.Import) if file.parent.name == "backbones" else ast.Expr
        assert all(isinstance(node, allowed) for node in ast.parse(file.read_text()).body), file


# What stands behind a name of a stage's script, as dvc.yaml names it. The blocks of `models` and of `run` are read key
# by key, `datasets` by the one key that a stage needs, and every other block whole.
KEYS = (
    (r"params\.models\[\w+\]\.backbone\.(\w+)", "models.${item.model}.backbone.{}"),
    (r"params\.models\[\w+\]\.train\.recipe", "models.${item.model}.train.recipe"),
    (r"params\.models\[\w+\]\.(\w+)", "models.${item.model}.{}"),
    (r"params\.weights\[\w+\]", "weights"),
    (r"params\.dataset\.(\w+)", "datasets.${run.dataset}.{}"),
    (r"params\.dataset", "datasets.${run.dataset}"),
    (r"params\.run\.(\w+)", "run.{}"),
    (r"params\.(validation|faces|retrieval|fusion|score|report|sample)", "{}"),
)


def read_params(script: Path) -> set[str]:
    """Return the params a script reads, as dvc.yaml would name them; the shortest of nested keys stands for all."""
    tree = ast.parse(script.read_text())
    alias = {"load_params()": "params"} | dict(_aliases(tree))
    chains = {_written_out(node, alias) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Subscript)}
    # `params.run.seed` contains `params.run`: only the longest chains are reads.
    longest = {chain for chain in chains if not any(re.match(re.escape(chain) + r"[.\[]", other) for other in chains)}
    keys = {key for chain in longest if (key := _key(chain))} | _handed_over(tree, alias)
    return {key for key in keys if not any(key.startswith(f"{other}.") for other in keys)}


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield name -> what a script calls by it: `recipe = params.models[model]`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            tuples = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            for name, meaning in zip(target.elts, value.elts, strict=True) if tuples else [(target, value)]:
                if ast.unparse(meaning).startswith(("params.", "load_params()")):
                    yield ast.unparse(name), ast.unparse(meaning).replace("load_params()", "params")


def _handed_over(tree: ast.Module, alias: dict[str, str]) -> set[str]:
    """Return recipes, or blocks of them, that a script gives whole to a function, which may read any part of them."""
    arguments = {
        _written_out(part, alias) for node in ast.walk(tree) if isinstance(node, ast.Call) for part in node.args
    }
    whole = re.compile(r"params\.models\[\w+\](\.\w+)?")
    found = (match for name in arguments if (match := whole.fullmatch(name)))
    return {"models.${item.model}" + (match[1] or "") for match in found}


def _written_out(node: ast.AST, alias: dict[str, str]) -> str:
    text = ast.unparse(node)
    for name, meaning in alias.items():
        if text == name or text.startswith((f"{name}.", f"{name}[")):
            text = meaning + text.removeprefix(name)
    return text


def _key(chain: str) -> str | None:
    for pattern, name in KEYS:
        if match := re.match(pattern + r"(?![\w])", chain):
            return name.replace("{}", match[1]) if match.lastindex else name
    return None


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
    files = [script_of(stage), *(ROOT / name for name in tracked_files(script_of(stage)))]
    importers = [str(file) for file in files if re.search(r"^\s*(import|from) torch", file.read_text(), re.M)]
    assert not importers


def test_every_stage_has_a_script_and_every_script_a_stage() -> None:
    assert {path.stem for path in (ROOT / "stages").glob("*.py")} == set(NAMES)


def test_no_param_but_the_models_is_a_list() -> None:
    def lists(value: object, name: str) -> list[str]:
        if isinstance(value, dict):
            return [found for key, inner in value.items() for found in lists(inner, f"{name}.{key}".strip("."))]
        return [name] if isinstance(value, list) else []

    assert lists(yaml.safe_load((ROOT / "params.yaml").read_text()), "") == ["run.models"]


def test_the_table_of_experiments_can_show_every_block_of_params() -> None:
    """`make exps` drops every column that is no param; a block that it does not know would go with them."""
    (named,) = re.findall(r"^UNCOMPARED := \(\?!\(([a-z|]+)\)", (ROOT / "Makefile").read_text(), re.M)
    assert set(named.split("|")) == set(yaml.safe_load((ROOT / "params.yaml").read_text()))
