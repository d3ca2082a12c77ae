"""How long each stage took when it last ran; DVC does not keep that, and `lookalike doctor` estimates by it.

The file is no output of the pipeline: it lies in the folder of caches, which git and DVC leave alone. A stage that DVC
restores instead of running keeps its last figure.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from lookalike.kit.errors import FileFault, LookalikeError
from lookalike.kit.files import read_json, write_json

FILE = Path(".cache/lookalike/durations.json")


@contextmanager
def stopwatch(command: Sequence[str], file: Path = FILE) -> Iterator[None]:
    """Note how many seconds the block takes, unless it fails.

    Args:
        command: the stage's script and the values of its arguments.
        file: where durations are kept.
    """
    start = time.perf_counter()
    yield
    seconds = round(time.perf_counter() - start, 2)
    # A note for `lookalike doctor`: no stage fails because it cannot be kept.
    with suppress(FileFault):
        write_json(file, read_durations(file) | {stage_name(command): seconds})


def stage_name(command: Sequence[str]) -> str:
    """Return DVC's name of a stage: `stages/embed.py` of `sface` is `embed@sface`."""
    script, *arguments = command
    return "@".join([Path(script).stem, *arguments])


def read_durations(file: Path = FILE) -> dict[str, float]:
    """Return stage -> seconds; what cannot be read is not known."""
    try:
        return {str(stage): float(seconds) for stage, seconds in read_json(file).items()}
    except (LookalikeError, AttributeError, TypeError, ValueError):
        return {}
