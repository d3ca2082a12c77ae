"""To a scoring server."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point
from lookalike.run.layout import Layout

SUBMISSION = Layout().submission


@entry_point
def submit(
    url: Annotated[str, typer.Argument(help="address of the scoring server")],
    file: Annotated[Path, typer.Option(help="what to post")] = SUBMISSION,
    timeout: Annotated[float, typer.Option(min=0.1, help="seconds to wait for one answer")] = 30.0,
    attempts: Annotated[int, typer.Option(min=1, help="how many times to try")] = 3,
) -> None:
    """Post a submission and print what the server answers."""
    from lookalike.kit.files import read_json
    from lookalike.tools.submit.post import submit as post

    submission = read_json(file)
    typer.echo(json.dumps(post(url, submission["groupname"], submission["images"], timeout, attempts)))
