"""The `lookalike` command."""

import typer

from lookalike.commands.check import check
from lookalike.commands.compare import compare
from lookalike.commands.doctor import doctor
from lookalike.commands.export import export
from lookalike.commands.gate import gate
from lookalike.commands.import_ import import_
from lookalike.commands.index import index
from lookalike.commands.points import points
from lookalike.commands.query import query
from lookalike.commands.score import score
from lookalike.commands.serve import serve
from lookalike.commands.store import store
from lookalike.commands.submit import submit
from lookalike.commands.sweep import sweep
from lookalike.commands.track import track

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (
    check,
    import_,
    points,
    gate,
    submit,
    score,
    sweep,
    track,
    index,
    query,
    serve,
    compare,
    doctor,
    store,
    export,
):
    # `import` is a word that Python keeps for itself.
    app.command(command.__name__.rstrip("_"))(command)
