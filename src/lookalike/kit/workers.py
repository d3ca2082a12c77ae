"""How many threads work side by side: a matter of the machine, so an environment variable and not a param."""

import os

from lookalike.kit.errors import LookalikeError

VARIABLE = "LOOKALIKE_WORKERS"


def worker_count() -> int:
    """Return the number of workers: LOOKALIKE_WORKERS, by default one a core.

    Raises:
        LookalikeError: the variable is not a positive whole number.
    """
    value = os.environ.get(VARIABLE, "")
    if not value:
        return len(os.sched_getaffinity(0))
    if not value.isdecimal() or int(value) < 1:
        raise LookalikeError(f"{VARIABLE}={value}: expected a whole number from 1 up")
    return int(value)
