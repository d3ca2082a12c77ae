"""What starting costs: seconds on the clock and of processor time of each command and stage, the least of several runs.

Run: python -m benchmarks.startup [ROOT]    (the root of a finished run, by default this folder; its stages are run
again in place and write the same bytes)
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lookalike.params.load import load_params
from lookalike.run.layout import Layout

REPEATS = 5
LOOKALIKE = "from lookalike.cli import app; app()"
PHOTOGRAPHS = 20
# As `make repro` calls it.
DVC = "import gc, sys; gc.set_threshold(100000); from dvc.cli import main; sys.exit(main())"
STAGES = ("tune", "fuse", "score", "report")


def quickest(action: Callable[[], None]) -> tuple[float, float]:
    """Return the least seconds on the clock and of processor time, children included, after one run to warm up."""
    action()
    clock, used = [], []
    for _ in range(REPEATS):
        begin, before = time.perf_counter(), processor()
        action()
        clock.append(time.perf_counter() - begin)
        used.append(processor() - before)
    return min(clock), min(used)


def processor() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in usage)


def command(*arguments: str) -> Callable[[], None]:
    def run() -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    return run


def show(name: str, seconds: Sequence[float]) -> None:
    print(f"{name:<34}{seconds[0]:8.2f}{seconds[1]:12.2f}", flush=True)


def photographs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())[:PHOTOGRAPHS]


def served(gallery: Path, queries: Sequence[Path]) -> None:
    """Print what one photograph takes once the searcher of `lookalike serve` is ready."""
    from lookalike.tools.search.searcher import Searcher

    searcher = Searcher.open(Path(), gallery)
    system = searcher.systems[-1]
    searcher.search(queries[0], system, 10)
    begin, before = time.perf_counter(), processor()
    for photo in queries:
        searcher.search(photo, system, 10)
    taken = time.perf_counter() - begin, processor() - before
    show("serve, a photograph", [seconds / len(queries) for seconds in taken])


def main() -> None:
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else ".")
    params = load_params()
    images = Layout().images(params.run.dataset)
    gallery, queries = images / "test/gallery", photographs(images / "test/query")
    print(f"{'':<34}{'seconds':>8}{'processor':>12}")
    for words in (["--help"], ["check"], ["points"]):
        show(f"lookalike {words[0]}", quickest(command("-c", LOOKALIKE, *words)))
    query = ["query", str(queries[0]), "--gallery", str(gallery)]
    show("lookalike query, indexed folder", quickest(command("-c", LOOKALIKE, *query)))
    show("dvc repro, nothing to do", quickest(command("-c", DVC, "repro", "--quiet")))
    for model in params.run.models:
        if params.models[model].train.recipe == "frozen":
            show(f"finetune {model}, frozen", quickest(command("stages/finetune.py", "--model", model)))
    for stage in STAGES:
        show(f"stage {stage}", quickest(command(f"stages/{stage}.py")))
    served(gallery, queries)


if __name__ == "__main__":
    main()
