"""How stages and commands start, and how a fault in the user's files or params ends them: one message, no traceback."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from lookalike.kit.durations import stopwatch
from lookalike.kit.errors import LookalikeError
from lookalike.kit.noise import keep_own_stderr

Arguments = ParamSpec("Arguments")


def entry_point(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Wrap an entry point so that a `LookalikeError` ends it with its message alone; others keep a traceback."""

    @wraps(command)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        keep_own_stderr()
        try:
            command(*args, **kwargs)
        except LookalikeError as error:
            print(f"lookalike: {error}", file=sys.stderr)
            sys.exit(1)

    return wrapper


def run_stage(main: Callable[..., None]) -> None:
    """Run a stage's `main` with the arguments of the command line."""
    with stopwatch(sys.argv):
        entry_point(main)(*sys.argv[1:])
