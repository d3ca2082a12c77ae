"""Which images are to be done, by whom never: what a worker's death costs, and when an image is to blame for it.

A part is tried a second time as a whole, then by halves until the image that kills is alone. That one is tried twice,
the second time while no other worker is busy, so that memory which others took, or a kill from outside, condemns
nobody: an image is set aside only when it was alone in its part and its worker died twice.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lookalike.engine.executors.base import Done, Part
from lookalike.kit.errors import LookalikeError

# Images that kill their worker before any image was done: then it is hardly the images.
_REFUSED = 8


@dataclass(frozen=True)
class Try:
    """A part, or some images of it, on its way through a worker.

    Attributes:
        place: of the whole part in the job.
        part: the images.
        left: deaths until it is halved or, where it is one image, set aside.
    """

    place: int
    part: Part
    left: int

    @property
    def last(self) -> bool:
        """Whether the next death sets an image aside."""
        return self.left == 1 and len(self.part.images) == 1

    def halves(self) -> tuple["Try", "Try"]:
        """Return both halves; one image alone has two tries, more have one."""
        images, middle = self.part.images, len(self.part.images) // 2
        first, second = (
            Try(self.place, replace(self.part, images=half), left=2 if len(half) == 1 else 1)
            for half in (images[:middle], images[middle:])
        )
        return first, second


class Schedule:
    """What waits, runs, is done and is set aside of the parts of a job; it keeps no more than what is on its way."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts, self._fresh, self._ended = parts, 0, 0
        self._again: deque[Try] = deque()
        self._running: set[Try] = set()
        self._undone: dict[int, int] = {}
        self._refused: dict[int, dict[str, str]] = {}
        self._any_done = False

    @property
    def open(self) -> int:
        """Parts that `finished` has not yielded yet."""
        return len(self._parts) - self._ended

    def take(self) -> Try | None:
        """Return what a free worker does next; None where nothing waits, or not beside what runs."""
        if any(trial.last for trial in self._running) or (self._again and self._again[0].last and self._running):
            return None
        if not self._again and self._fresh == len(self._parts):
            return None
        trial = self._again.popleft() if self._again else self._next()
        self._running.add(trial)
        return trial

    def done(self, trial: Try) -> None:
        """Note that a worker did what it was given."""
        self._running.remove(trial)
        self._undone[trial.place] -= len(trial.part.images)
        self._any_done = True

    def died(self, trial: Try, how: str) -> None:
        """Note that a worker died on what it was given.

        Args:
            trial: what it was given.
            how: such as `signal 11`; empty where that is not known.

        Raises:
            LookalikeError: so it went with every image so far.
        """
        self._running.remove(trial)
        if trial.last:
            self._refuse(trial, f"kills its worker ({how})" if how else "kills its worker")
        elif trial.left > 1:
            self._again.appendleft(replace(trial, left=trial.left - 1))
        else:
            self._again.extendleft(reversed(trial.halves()))

    def finished(self) -> Iterator[Done]:
        """Yield the parts that are done and whose turn it is."""
        while self._undone.get(self._ended) == 0:
            place = self._ended
            yield Done(self._parts[place], self._refused[place])
            del self._undone[place], self._refused[place]
            self._ended += 1

    def _next(self) -> Try:
        place, self._fresh = self._fresh, self._fresh + 1
        part = self._parts[place]
        self._undone[place], self._refused[place] = len(part.images), {}
        return Try(place, part, left=2)

    def _refuse(self, trial: Try, reason: str) -> None:
        ((sha256, path),) = trial.part.images
        self._undone[trial.place] -= 1
        self._refused[trial.place][sha256] = reason
        refused = sum(map(len, self._refused.values()))
        if refused >= _REFUSED and not self._any_done:
            raise LookalikeError(
                f"{path}: {reason}, like each of {refused} images before any was done; "
                "it is hardly the images: look at the machine (`lookalike doctor`) and run again"
            )
