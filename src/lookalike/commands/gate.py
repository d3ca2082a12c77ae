"""Whether a change may be merged."""

from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def gate(
    base: Annotated[str, typer.Option(help="revision to hold the workspace against")] = "main",
    tolerance: Annotated[
        float | None,
        typer.Option(min=0, help="points a system may lose; by default, what chance can explain"),
    ] = None,
) -> None:
    """Fail when any system lost more points than tolerated."""
    from lookalike.kit.tables import as_markdown
    from lookalike.run.run import Run
    from lookalike.tools.compare.change import paired_noise
    from lookalike.tools.compare.gate import table, verdicts

    was, now = Run(rev=base).files, Run().files
    noise = paired_noise(was.first_hits, now.first_hits)
    judged = verdicts(was.metrics, now.metrics, tolerance, noise)
    typer.echo(as_markdown(table(judged)))
    if not all(verdict.passes for verdict in judged):
        raise typer.Exit(1)
