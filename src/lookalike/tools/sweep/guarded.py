"""DVC that ends, with all that it started, when the program that waits for it closes its end of the pipe or is gone.

Run as a script with a pipe as standard input: `python guarded.py exp run …`.
"""

import os
import signal
import sys
from threading import Thread


def _end_with_parent() -> None:
    # The kernel closes the other end however its process ends. Python's own buffer would keep an exit waiting.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run DVC with this script's arguments and return its exit status."""
    # A group of its own, which Ctrl-C on the terminal does not reach: the sweep decides.
    os.setsid()
    Thread(target=_end_with_parent, daemon=True).start()
    from dvc.cli import main as dvc

    return dvc(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
