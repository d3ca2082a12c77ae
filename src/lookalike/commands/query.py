"""Who is on a photograph."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point
from lookalike.kit.errors import LookalikeError
from lookalike.run.layout import Layout


@entry_point
def query(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="a photograph, or several of one person")],
    gallery: Annotated[
        Path | None, typer.Option(help="folder of images to search; by default the run's own gallery")
    ] = None,
    model: Annotated[str | None, typer.Option(help="a model of the run, or ensemble, the default")] = None,
    top: Annotated[int, typer.Option(min=1, help="how many images to name")] = 10,
    each_face: Annotated[
        bool, typer.Option("--each-face", help="ask for every face of the one photograph, each by itself")
    ] = False,
    refuse_below: Annotated[
        float, typer.Option(min=0, max=1, help="name nobody where the first answer is less probable than this")
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    show: Annotated[bool, typer.Option("--open", help="open a page with the pictures")] = False,
) -> None:
    """Name the gallery images that look most like the person of one photograph, or of several together."""
    from rich.console import Console

    from lookalike.catalog.probe import check_readable
    from lookalike.kit.tables import write_terminal
    from lookalike.tools.search.document import as_document
    from lookalike.tools.search.searcher import Searcher
    from lookalike.tools.search.terminal import as_tables

    if each_face and len(photos) > 1:
        raise LookalikeError(f"--each-face asks about one photograph; {len(photos)} are given")
    for photo in photos:
        check_readable(photo)  # A photograph that cannot be read is told before a large folder is indexed for it.
    searcher = Searcher.open(Path(), gallery)
    system = model or searcher.systems[-1]
    person = [] if each_face else [searcher.search_person(photos, system, top)]
    answers = person or searcher.search_faces(photos[0], system, top)
    if as_json:
        documents = [as_document(answer, photos, refuse_below) for answer in answers]
        typer.echo(json.dumps(documents if each_face else documents[0], indent=2))
    else:
        for table in as_tables(answers, refuse_below):
            write_terminal(table, Console(highlight=False))
    if show:
        import webbrowser

        from lookalike.tools.search.page import draw_page

        page = draw_page(answers, photos, searcher.gallery.folder).write(Layout().answers)
        typer.echo(f"page: {page}", err=True)
        webbrowser.open(page.resolve().as_uri())
