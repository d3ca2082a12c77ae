"""The search page."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def serve(
    gallery: Annotated[Path | None, typer.Option(help="folder of images to search; by default, the run's own")] = None,
    host: Annotated[str, typer.Option(help="address to serve on; others can reach any but this one")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to serve on; 0 takes a free one")] = 8000,
    open_page: Annotated[bool, typer.Option("--open", help="open the page in a browser")] = False,
) -> None:
    """Serve a page on this machine: drop a photo on it, and see who looks like it."""
    from lookalike.kit.memory import map_large_blocks
    from lookalike.tools.search.searcher import Searcher
    from lookalike.tools.serve.access import is_loopback
    from lookalike.tools.serve.app import build_app
    from lookalike.tools.serve.server import listen, server_of, url_of

    map_large_blocks()
    with listen(host, port) as listening:
        if not is_loopback(host):
            typer.echo(f"warning: on {host}, whoever reaches this machine sees the gallery", err=True)
        server = server_of(build_app(Searcher.open(Path(), gallery), host))
        typer.echo(f"{url_of(listening)} (stop with Ctrl+C)")
        if open_page:
            typer.launch(url_of(listening))
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
