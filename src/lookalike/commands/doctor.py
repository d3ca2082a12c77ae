"""What a run will find on this machine, and what one of many images would take."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lookalike.kit.entry import entry_point

if TYPE_CHECKING:
    from lookalike.kit.tables import Table

# Beyond any dataset, and within what a float counts exactly.
MOST = 10**15


def whole_number(text: str) -> int:
    """Return a count written as 1e9, 1_000_000 or 1000000.

    Raises:
        BadParameter: it is no whole number from 2 to `MOST`.
    """
    try:
        count = float(text)
    except ValueError:
        count = 0.0
    if not (2 <= count <= MOST and count == int(count)):
        raise typer.BadParameter(f"{text}: expected a whole number from 2 to {MOST:.0e}, such as 1e9 or 1_000_000")
    return int(count)


@entry_point
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="write JSON for a program")] = False,
    plan: Annotated[
        int | None,
        typer.Option(parser=whole_number, metavar="<images>", help="tell what so many images would take: 1e9"),
    ] = None,
    queries: Annotated[int | None, typer.Option(min=1, help="of --plan: how many ask; else as in the last run")] = None,
    machines: Annotated[int | None, typer.Option(min=1, help="of --plan: machines under ray; else 10")] = None,
    cores: Annotated[int | None, typer.Option(min=1, help="of --plan: cores of each of them; else 32")] = None,
) -> None:
    """Tell versions, weights, data, disk and time of the next run; exit code 1 when something blocks it.

    With --plan, tell hours, machines, disk and memory for many images, from rates measured in the last run.
    """
    from lookalike.kit.errors import LookalikeError
    from lookalike.run.run import Run

    if plan is not None:
        from lookalike.tools.doctor.plan import Plan
        from lookalike.tools.doctor.plan_tables import plan_tables

        planned = Plan.make(Run(), plan, queries, machines, cores)
        _write(planned.as_dict() if as_json else plan_tables(planned))
        return
    if queries or machines or cores:
        raise LookalikeError("--queries, --machines and --cores belong to --plan, which is not given; add --plan 1e6")
    from lookalike.tools.doctor.diagnosis import Diagnosis

    diagnosis = Diagnosis.make(Run())
    _write(diagnosis.as_dict() if as_json else diagnosis.tables())
    if faults := diagnosis.faults():
        raise LookalikeError("\n".join(["the next run cannot start:", *faults]))


def _write(found: "dict[str, Any] | list[Table]") -> None:
    from lookalike.kit.tables import terminal, write_terminal

    if isinstance(found, dict):
        typer.echo(json.dumps(found, indent=2))
    else:
        for table in found:
            write_terminal(table, terminal())
