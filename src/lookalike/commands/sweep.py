"""A search over knobs."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point

PAUSE = 1.0  # seconds between two looks at what runs


@entry_point
def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what to search: docs/how-to/sweep.md")],
    report: Annotated[bool, typer.Option("--report", help="run nothing; write the page of what was tried")] = False,
) -> None:
    """Search over knobs, judged on validation identities; run again, it goes on where it was ended.

    Each trial is a DVC experiment of its own. At the end the winner is scored on the test, once, beside today's recipe.
    """
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.tools.sweep.begin import alone, opened
    from lookalike.tools.sweep.loop import sweep_on
    from lookalike.tools.sweep.page import write_page
    from lookalike.tools.sweep.tables import best_trials
    from lookalike.tools.sweep.winner import check_unscored, score_winner, scored_tables

    experiments, study = opened(Path(), file, begin=not report)

    def say(text: str) -> None:
        typer.echo(text, err=True)

    if not report:
        check_unscored(study)
        with alone(experiments):
            sweep_on(study, experiments, say, PAUSE)
            score_winner(experiments, study, say)
    for table in (best_trials(study), *scored_tables(experiments, study)):
        write_terminal(table, terminal())
    typer.echo(write_page(experiments, study))
