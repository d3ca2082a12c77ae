"""The `lookalike` command."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lookalike.errors import LookalikeError
from lookalike.plainly import told_plainly

METRICS = Path("metrics/metrics.json")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
@told_plainly
def check() -> None:
    """Validate params.yaml, the dataset's folder and the weights' sources, and tell every fault at once."""
    from lookalike.config import load_params
    from lookalike.weights import fault

    params = load_params()
    faults = [fault(model, params.weights[model]) for model in params.run.models]
    folder = Path("data/raw") / params.run.dataset
    if params.run.dataset != "sample" and not folder.is_dir():
        faults.append(f"{folder}: no such folder; copy or link the dataset there (run.dataset names it)")
    if told := [text for text in faults if text]:
        raise LookalikeError("\n".join(told))


@app.command()
@told_plainly
def points() -> None:
    """Print the competition points of the last run."""
    from lookalike.files import read_json
    from lookalike.scoreboard import scoreboard

    typer.echo(scoreboard(read_json(METRICS)))


@app.command()
@told_plainly
def gate(
    base: Annotated[str, typer.Option(help="git revision to hold the workspace against")] = "main",
    tolerance: Annotated[
        float | None,
        typer.Option(min=0, help="points a system may lose; by default, half the base's interval"),
    ] = None,
) -> None:
    """Fail when any system lost more points than tolerated."""
    from lookalike.files import read_json
    from lookalike.gate import judge, markdown
    from lookalike.revisions import read_json_at

    verdicts = judge(read_json_at(base, METRICS), read_json(METRICS), tolerance)
    typer.echo(markdown(verdicts))
    if not all(verdict.passes for verdict in verdicts):
        raise typer.Exit(1)


@app.command()
@told_plainly
def submit(
    url: Annotated[str, typer.Argument(help="address of the scoring server")],
    file: Annotated[Path, typer.Option(help="what to post")] = Path("submission/submission.json"),
    timeout: Annotated[float, typer.Option(min=0.1, help="seconds to wait for one answer")] = 30.0,
    attempts: Annotated[int, typer.Option(min=1, help="how many times to try")] = 3,
) -> None:
    """Post a submission and print what the server answers."""
    from lookalike.files import read_json
    from lookalike.submission import submit as post

    submission = read_json(file)
    typer.echo(json.dumps(post(url, submission["groupname"], submission["images"], timeout, attempts)))


@app.command()
@told_plainly
def track() -> None:
    """Log the last run to MLflow, once however often it is called; `make ui` shows it."""
    from lookalike.tracking import STORE
    from lookalike.tracking import track as log

    run = log(Path())
    typer.echo(f"{'logged' if run.is_new else 'already logged'}: run {run.run_id} in {STORE}")
