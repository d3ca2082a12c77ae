"""Into MLflow."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def track(
    all_: Annotated[bool, typer.Option("--all", help="also every finished experiment of `dvc exp`")] = False,
) -> None:
    """Log the last run to MLflow, once however often it is called; `make ui` shows it."""
    from lookalike.tools.tracking.store import STORE
    from lookalike.tools.tracking.track import track as log
    from lookalike.tools.tracking.track import track_experiments

    # The workspace comes first: it has files that git does not keep of an experiment.
    last = log(Path())
    others = [run for run in track_experiments(Path()) if run.run_id != last.run_id] if all_ else []
    for run in (last, *others):
        state = "logged" if run.is_new else "already logged"
        models = f", with the exported {', '.join(run.models)}" if run.models else ""
        typer.echo(f"{state}: {run.name or 'run'} {run.run_id} in {STORE}{models}")
