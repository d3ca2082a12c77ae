"""What a run will find on this machine."""

import json
from typing import Annotated

import typer

from lookalike.kit.entry import entry_point


@entry_point
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="write JSON for a program")] = False,
) -> None:
    """Tell versions, weights, data, disk and time of the next run; exit code 1 when something blocks it."""
    from lookalike.kit.errors import LookalikeError
    from lookalike.kit.tables import terminal, write_terminal
    from lookalike.run.run import Run
    from lookalike.tools.doctor.diagnosis import Diagnosis

    diagnosis = Diagnosis.make(Run())
    if as_json:
        typer.echo(json.dumps(diagnosis.as_dict(), indent=2))
    else:
        for table in diagnosis.tables():
            write_terminal(table, terminal())
    if faults := diagnosis.faults():
        raise LookalikeError("\n".join(["the next run cannot start:", *faults]))
