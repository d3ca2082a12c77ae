"""Who is on a photograph."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point
from lookalike.run.layout import Layout


@entry_point
def query(
    photo: Annotated[Path, typer.Argument(help="the photograph to find lookalikes of")],
    gallery: Annotated[
        Path | None, typer.Option(help="folder of images to search; by default the run's own gallery")
    ] = None,
    model: Annotated[str | None, typer.Option(help="a model of the run, or ensemble, the default")] = None,
    top: Annotated[int, typer.Option(min=1, help="how many images to name")] = 10,
    refuse_below: Annotated[
        float, typer.Option(min=0, max=1, help="name nobody where the first answer is less probable than this")
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    show: Annotated[bool, typer.Option("--open", help="open a page with the pictures")] = False,
) -> None:
    """Name the gallery images that look most like a photograph."""
    from rich.console import Console

    from lookalike.catalog.probe import check_readable
    from lookalike.kit.tables import write_terminal
    from lookalike.tools.search.document import as_document
    from lookalike.tools.search.searcher import Searcher
    from lookalike.tools.search.terminal import as_table

    check_readable(photo)  # A photograph that cannot be read is told before a large folder is indexed for it.
    searcher = Searcher.open(Path(), gallery)
    answer = searcher.search(photo, model or searcher.systems[-1], top)
    if as_json:
        typer.echo(json.dumps(as_document(answer, photo, refuse_below), indent=2))
    else:
        write_terminal(as_table(answer, refuse_below), Console(highlight=False))
    if show:
        import webbrowser

        from lookalike.tools.search.page import draw_page

        page = draw_page(answer, photo, searcher.gallery.folder).write(Layout().answers)
        typer.echo(f"page: {page}", err=True)
        webbrowser.open(page.resolve().as_uri())
