"""A job that ends itself by SIGKILL at one of its own file operations: what `test_killed` starts.

Arguments: folder of images, root of stores, log of the images that were worked on, and the number of the operation.
"""

import os
import signal
import sys
import time
from pathlib import Path

from lookalike.engine import engine
from lookalike.engine.executors.base import InlineExecutor
from lookalike.engine.faces import find_known
from lookalike.faces import find
from lookalike.faces.fallback import central_face
from lookalike.faces.table import Face
from tests.engine.album import FACES, listed

PART = 3


class Quick:
    """Stands for the detectors."""

    def __init__(self, *_: object) -> None: ...

    def face(self, name: str, width: int, height: int) -> Face:
        """Note the image and find a central face."""
        with Path(sys.argv[3]).open("a") as log:
            log.write(f"{name}\n")
        time.sleep(0.002)
        return central_face(width, height)


def main() -> None:
    """Do the job, or die of it."""
    pictures, root, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[4])
    engine.LEAST = engine.MOST = PART
    find.Finder = Quick  # type: ignore[assignment, misc]
    done = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal done
        if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir") and str(root) in str(arguments[0]):
            done += 1
            if done == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    find_known(root, listed(pictures), FACES, InlineExecutor())
    print(done)


if __name__ == "__main__":
    main()
