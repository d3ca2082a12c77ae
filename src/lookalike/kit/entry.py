"""How stages and commands start, and how a fault in the user's files or params ends them: one message, no traceback."""

import argparse
import inspect
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from lookalike.kit.durations import stopwatch
from lookalike.kit.errors import LookalikeError, file_fault
from lookalike.kit.images.noise import keep_own_stderr
from lookalike.kit.names import checked_name
from lookalike.kit.scratch import SCRATCH, sweep

Arguments = ParamSpec("Arguments")
# What a shell gives a program that Ctrl-C ended.
INTERRUPTED = 130


def entry_point(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Wrap an entry point so that what a user can mend ends it with a message alone; other errors keep a traceback.

    That is a `LookalikeError`, a disk that is full, read-only or broken, and Ctrl-C. What killed programs left of their
    temporary files goes first, since it may be what fills the disk.
    """

    @wraps(command)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        sweep(SCRATCH)
        keep_own_stderr()
        try:
            command(*args, **kwargs)
        except LookalikeError as error:
            _end(str(error), 1)
        except OSError as error:
            fault = file_fault(error)
            if fault is None:
                raise
            _end(str(fault), 1)
        except KeyboardInterrupt:
            _end("interrupted; what is finished is kept", INTERRUPTED)

    return wrapper


def run_stage(main: Callable[..., None]) -> None:
    """Run a stage's `main` with the arguments of the command line: `--model sface` is its parameter `model`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    for name in inspect.signature(main).parameters:
        parser.add_argument(f"--{name}", required=True)
    arguments = vars(parser.parse_args())

    @entry_point
    def timed() -> None:
        for name, value in arguments.items():
            try:
                checked_name(value)
            except ValueError as error:
                raise LookalikeError(f"--{name} {value!a}: {error}") from None
        with stopwatch([Path(sys.argv[0]).name, *arguments.values()]):
            main(**arguments)

    timed()


def _end(message: str, status: int) -> None:
    print(f"lookalike: {message}", file=sys.stderr)
    sys.exit(status)
