"""What changed between two runs."""

from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def compare(
    before: Annotated[str, typer.Argument(metavar="REV_A", help="branch, tag, commit, or name of an experiment")],
    after: Annotated[str, typer.Argument(metavar="[REV_B]", help="another one")] = "workspace",
    system: Annotated[str, typer.Option(help="whose flipped queries are listed: a model, or ensemble")] = "ensemble",
    markdown: Annotated[bool, typer.Option("--markdown", help="write tables for a pull request")] = False,
    show: Annotated[bool, typer.Option("--open", help="write the answers side by side and open the page")] = False,
) -> None:
    """Compare two runs: points with intervals, params, and the queries that flipped."""
    from lookalike.kit.tables import as_markdown, terminal, write_terminal
    from lookalike.run.run import Run
    from lookalike.tools.compare.tables import check_comparable, comparison

    old, new = Run(rev=before), Run(rev=after)
    check_comparable(old, new, system)
    tables = comparison(old, new, system)
    if markdown:
        typer.echo("\n\n".join(map(as_markdown, tables)))
    else:
        for table in tables:
            write_terminal(table, terminal())
    if show:
        from lookalike.tools.compare.page import write_page

        page = write_page(old, new, system)
        typer.echo(page, err=True)
        typer.launch(str(page))
