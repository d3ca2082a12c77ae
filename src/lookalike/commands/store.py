"""What is known of images."""

from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def store(
    compact: Annotated[bool, typer.Option("--compact", help="merge small files into large ones")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="drop what other params or code made, and images that are gone")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="forget which images were set aside, to try them again")
    ] = False,
) -> None:
    """Tell what is known of images: faces, vectors, looks at files; and tidy it up."""
    import os

    from lookalike.kit.errors import LookalikeError
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.run.layout import STORE_VARIABLE, Layout
    from lookalike.tools.upkeep import contents
    from lookalike.tools.upkeep.wanted import Wanted

    layout = Layout()
    if prune and os.environ.get(STORE_VARIABLE):
        raise LookalikeError(
            f"{STORE_VARIABLE} names {layout.store}, which other projects may use, and this one knows its own images "
            "alone; delete folders of keys that nobody uses by hand"
        )
    wanted = Wanted(layout)
    if retry:
        typer.echo(f"{contents.retry(layout.store)} images will be tried again")
    if prune:
        typer.echo(f"{contents.prune(layout.store, wanted)} rows dropped")
    if compact:
        typer.echo(f"{contents.compact(layout.store)} files fewer")
    write_terminal(contents.table(layout.store, contents.contents(layout.store, wanted)), terminal())
