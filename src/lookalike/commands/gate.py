"""Whether a change may be merged."""

from typing import Annotated

import typer

from lookalike.commands.places import METRICS
from lookalike.kit.entry import told_plainly


@told_plainly
def gate(
    base: Annotated[str, typer.Option(help="revision to hold the workspace against")] = "main",
    tolerance: Annotated[
        float | None,
        typer.Option(min=0, help="points a system may lose; by default, what chance can explain"),
    ] = None,
) -> None:
    """Fail when any system lost more points than tolerated."""
    from lookalike.kit.files import read_json
    from lookalike.run.revisions import WORKSPACE, Revision
    from lookalike.tools.compare.change import paired_noise
    from lookalike.tools.compare.gate import judge, markdown
    from lookalike.tools.compare.run import first_hits

    was, now = Revision.find(base), Revision.find(WORKSPACE)
    noise = paired_noise(first_hits(was), first_hits(now))
    verdicts = judge(was.json(METRICS), read_json(METRICS), tolerance, noise)
    typer.echo(markdown(verdicts))
    if not all(verdict.passes for verdict in verdicts):
        raise typer.Exit(1)
