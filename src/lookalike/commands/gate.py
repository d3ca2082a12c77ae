"""Whether a change may be merged."""

from typing import Annotated

import typer

from lookalike.commands.places import METRICS
from lookalike.plainly import told_plainly


@told_plainly
def gate(
    base: Annotated[str, typer.Option(help="revision to hold the workspace against")] = "main",
    tolerance: Annotated[
        float | None,
        typer.Option(min=0, help="points a system may lose; by default, what chance can explain"),
    ] = None,
) -> None:
    """Fail when any system lost more points than tolerated."""
    from lookalike.compare.change import paired_noise
    from lookalike.compare.run import first_hits
    from lookalike.files import read_json
    from lookalike.gate import judge, markdown
    from lookalike.revisions import WORKSPACE, Revision

    was, now = Revision.find(base), Revision.find(WORKSPACE)
    noise = paired_noise(first_hits(was), first_hits(now))
    verdicts = judge(was.json(METRICS), read_json(METRICS), tolerance, noise)
    typer.echo(markdown(verdicts))
    if not all(verdict.passes for verdict in verdicts):
        raise typer.Exit(1)
