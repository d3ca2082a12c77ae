"""Into MLflow."""

from pathlib import Path

import typer

from lookalike.plainly import told_plainly


@told_plainly
def track() -> None:
    """Log the last run to MLflow, once however often it is called; `make ui` shows it."""
    from lookalike.tracking import STORE
    from lookalike.tracking import track as log

    run = log(Path())
    typer.echo(f"{'logged' if run.is_new else 'already logged'}: run {run.run_id} in {STORE}")
