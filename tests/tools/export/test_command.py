import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lookalike.commands.export import export

ROOT = Path(__file__).parents[3]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(export)
    return app


def test_a_model_that_the_run_does_not_name_is_refused(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["sfaec"])
    assert result.exit_code == 1
    assert "sfaec: not a model of this run; run.models: effnet_lite0, sface" in result.stderr


def test_before_a_run_the_missing_file_is_named(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["sface"])
    assert result.exit_code == 1
    assert "data/catalog.parquet: no such file" in result.stderr
