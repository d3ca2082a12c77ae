"""A folder of images, made ready to be searched."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def index(folder: Annotated[Path, typer.Argument(help="images to search later, at any depth")]) -> None:
    """Find faces and embed every image of a folder that has not been embedded yet."""
    from lookalike.tools.search.index import update_index
    from lookalike.tools.search.published import any_run

    run = any_run(Path())
    indexed = update_index(run, folder)
    changes = indexed.changes
    for name, reason in changes.unreadable.items():
        typer.echo(f"unreadable: {name}: {reason}", err=True)
    typer.echo(
        f"{folder}: {changes.new} new, {changes.unchanged} unchanged, {changes.removed} removed, "
        f"{len(changes.unreadable)} unreadable; index in {indexed.home}"
    )
