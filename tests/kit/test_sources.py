"""The files that a program is made of are found by reading its imports."""

from pathlib import Path

import pytest

from lookalike.kit import sources


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose `a` imports `b`, which imports `c` inside a function; nobody imports `d`."""
    root = tmp_path / "lookalike"
    (root / "room").mkdir(parents=True)
    (root / "room/__init__.py").write_text('"""A room."""\n')
    (root / "a.py").write_text("from lookalike.room import b\nimport json\n")
    (root / "room/b.py").write_text("def late():\n    from lookalike.c import thing\n    return thing\n")
    (root / "c.py").write_text("thing = 1\n")
    (root / "d.py").write_text("other = 2\n")
    monkeypatch.setattr(sources, "PACKAGE", root)
    return root


def names(files: tuple[Path, ...], root: Path) -> list[str]:
    return [file.relative_to(root).as_posix() for file in files]


def test_imports_are_followed_into_functions_and_no_further(package: Path) -> None:
    assert names(sources.sources_of(package / "a.py"), package) == ["a.py", "c.py", "room/b.py"]


def test_a_script_outside_the_package_is_not_among_its_files(package: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import lookalike.d\n")
    assert names(sources.sources_of(script), package) == ["d.py"]


def test_what_can_change_no_result_is_left_out(package: Path) -> None:
    for name in ("params/run.py", "kit/errors.py", "run/layout.py", "engine/executors/local.py"):
        (package / name).parent.mkdir(exist_ok=True, parents=True)
        (package / name).write_text("import lookalike.d\n")
    imports = "lookalike.params.run, lookalike.kit.errors, lookalike.engine.executors.local"
    (package / "d.py").write_text(f"from lookalike import params\nimport {imports}\n")
    assert names(sources.sources_of(package / "d.py"), package) == ["d.py"]


@pytest.mark.parametrize(("name", "changes"), [("c.py", True), ("room/b.py", True), ("d.py", False)])
def test_the_digest_of_code_changes_with_what_it_imports(package: Path, name: str, changes: bool) -> None:
    digests = set()
    for _ in range(2):
        sources.code_digest.cache_clear()
        digests.add(sources.code_digest("a.py"))
        (package / name).write_text((package / name).read_text() + "# edited\n")
    sources.code_digest.cache_clear()
    assert len(digests) == (2 if changes else 1)
