"""How long the pipeline takes: cold, with nothing changed, after an edit of fusion; in a clone of HEAD without a cache.

python -m benchmarks.pipeline
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def seconds(root: Path, *command: str) -> float:
    bin_folder = Path(sys.executable).parent
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(root / "src")}
    start = time.perf_counter()
    subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(root)], check=True)
        print(f"cold                    {seconds(root, 'dvc', 'repro'):7.1f} s")
        print(f"nothing changed         {seconds(root, 'dvc', 'repro'):7.1f} s")
        edited = seconds(root, "dvc", "exp", "run", "-S", "fusion.caution=1.0")
        print(f"fusion.caution edited   {edited:7.1f} s")


if __name__ == "__main__":
    main()
