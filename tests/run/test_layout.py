"""The layout against dvc.yaml, and against every other file that could spell a path."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from lookalike.run.layout import Each, Layout, One

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
NAME = "x"
DATA = re.compile(r"(data|metrics|reports|submission|exports|\.cache)(/|$)")
# The layout itself, and what `kit`, which may not import it, keeps in the folder of caches; the layout names it too.
OWN = {ROOT / "src/lookalike" / name for name in ("run/layout.py", "kit/durations.py", "kit/scratch.py")}


def known() -> set[Path]:
    """Return every path of a layout, with `NAME` for each model, system and dataset."""
    layout = Layout()
    ones = {getattr(layout, name) for name, value in vars(Layout).items() if isinstance(value, One)}
    return ones | {getattr(layout, name)(NAME) for name, value in vars(Layout).items() if isinstance(value, Each)}


def paths(stage: str, *kinds: str) -> set[Path]:
    """Return the files of a run that dvc.yaml lists for a stage, with `NAME` for parameters."""
    entries = [entry for kind in kinds for entry in STAGES[stage].get(kind, [])]
    names = [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]
    # One ranking is the ensemble's, one dataset is the sample.
    parameter = r"\$\{[^}]+\}|(?<=rankings/)ensemble|(?<=raw/)sample"
    return {Path(re.sub(parameter, NAME, name)) for name in names if DATA.match(name)}


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_what_a_stage_writes_is_a_path_of_the_layout(stage: str) -> None:
    written = paths(stage, "outs", "metrics", "plots")
    assert written
    assert written - known() == set()


@pytest.mark.parametrize("stage", sorted(STAGES.keys() - {"sample", "weights", "sources", "selection"}))
def test_what_a_stage_reads_is_a_path_of_the_layout_or_a_folder_of_such(stage: str) -> None:
    read = paths(stage, "deps")
    assert read
    assert read - known() - {path.parent for path in known()} == set()


def test_no_two_names_are_of_one_path() -> None:
    count = sum(isinstance(value, One | Each) for value in vars(Layout).values())
    assert len(known()) == count > 20


def test_paths_start_at_the_root() -> None:
    layout = Layout(Path("/somewhere"))
    assert layout.catalog == Path("/somewhere/data/catalog.parquet")
    assert layout.ranking("ensemble") == Path("/somewhere/data/rankings/ensemble.parquet")


def spelled(source: str) -> set[str]:
    """Return the texts of a module that are paths of a run, not those that docstrings or messages mention."""
    nodes = [*ast.walk(ast.parse(source))]
    docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
    rests = {part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values[1:]}
    joined = {side for node in nodes if isinstance(node, ast.BinOp) for side in (node.left, node.right)}
    joined |= {
        word for node in nodes if isinstance(node, ast.Call) and "Path" in ast.unparse(node) for word in node.args
    }
    texts = (node for node in nodes if isinstance(node, ast.Constant) and node not in docstrings | rests)
    matches = ((node, DATA.match(node.value)) for node in texts if isinstance(node.value, str))
    # A lone word such as "data" is a path where it is joined to one, and anything elsewhere.
    return {node.value for node, match in matches if match and (match[2] or node in joined)}


def test_no_other_file_spells_a_path_of_a_run() -> None:
    files = {*(ROOT / "src").rglob("*.py"), *(ROOT / "stages").glob("*.py")} - OWN
    assert len(files) > 200
    assert {file: found for file in sorted(files) if (found := spelled(file.read_text()))} == {}


def test_the_search_for_paths_finds_them() -> None:
    source = '''"""data/x holds it."""
a = Path("data/catalog.parquet"), root / "metrics", f"data/rankings/{name}.parquet", Path("submission"), "reports/x"
b = {"data": 1}, f"{folder}/data/{key}", "no data/raw here", raw["metrics"]
'''
    assert spelled(source) == {"data/catalog.parquet", "metrics", "data/rankings/", "submission", "reports/x"}


def test_copies_of_a_project_share_its_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOKALIKE_STORE", raising=False)
    assert Layout().store == Path(".cache/lookalike/store")
    assert Layout(tmp_path).store == tmp_path / ".cache/lookalike/store"
    copy = tmp_path / ".dvc/tmp/exps/tmp1a2b/sub"
    copy.mkdir(parents=True)
    assert Layout(copy).store == tmp_path / ".cache/lookalike/store"
    monkeypatch.chdir(copy)
    assert Layout().store == tmp_path / ".cache/lookalike/store"
    monkeypatch.setenv("LOOKALIKE_STORE", "/network/store")
    assert Layout(copy).store == Path("/network/store")
