"""How many threads work side by side: a matter of the machine, so an environment variable and not a param."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from lookalike.kit.errors import LookalikeError

Item = TypeVar("Item")
Result = TypeVar("Result")

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


def side_by_side(work: Callable[[Item], Result], items: Sequence[Item], most: int) -> list[Result]:
    """Return what the work makes of each item, in their order, done in threads of which each multiplies by itself.

    Matrices of some hundred rows are multiplied no sooner by several cores, which then mostly wait for each other.

    Args:
        work: may run in any thread; its time should go into numpy, which lets others run meanwhile.
        items: what it is done to.
        most: threads for which there is memory; with one, every core works on the one product at hand.
    """
    count = min(worker_count(), len(items), most)
    if count <= 1:
        return [work(item) for item in items]
    from threadpoolctl import threadpool_limits  # Here, because most programs never come by.

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, items))
