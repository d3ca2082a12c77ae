"""Whether a change may be merged."""

from typing import Annotated

import typer

from lookalike.commands.places import METRICS
from lookalike.plainly import told_plainly


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
