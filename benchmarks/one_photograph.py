"""One photograph more, other or less in a finished run: how long until there are new points, and what was computed.

    python -m benchmarks.one_photograph                                 # the embedded sample, drawn small
    python -m benchmarks.one_photograph FOLDER --models sface,dlib      # a dataset laid out as docs/own-data.md says
    python -m benchmarks.one_photograph FOLDER --models sface,dlib --times    # no cold runs to compare with

clones HEAD, copies the dataset there under the name `caricature`, whose recipe fits both, and runs the pipeline. Then a
file is added to its gallery, another one changed, a third removed; after each, `dvc repro` is timed, the faces and
vectors that it computed are counted in the store, and what it wrote is held against a cold run of the same images,
which knows nothing. Fails where a byte differs, or more than the one photograph was computed.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from lookalike.engine.store import stores
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.sample.dataset import write_dataset

ROOT = Path(__file__).parents[1]
NAME = "caricature"
SMALL = {"train_identities": 12, "test_identities": 8}
OUTPUTS = ("data", "metrics", "submission")


def clone(root: Path, images: Path, models: list[str]) -> None:
    """Make a project with a copy of the images and no cache."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(root)], check=True)
    (root / "dvc.lock").unlink()
    params = yaml.safe_load((root / "params.yaml").read_text())
    params["run"] |= {"dataset": NAME, "models": models}
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    shutil.copytree(images, root / f"data/raw/{NAME}", symlinks=False)


def repro(root: Path) -> tuple[float, float]:
    """Run the pipeline, and return the seconds that it took: on the clock, and of all processors."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(root / "src")}
    environment.pop("LOOKALIKE_STORE", None)
    start, used = time.perf_counter(), _processor_time()
    subprocess.run(["dvc", "repro", "score"], cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, _processor_time() - used


def _processor_time() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def known(root: Path) -> dict[str, int]:
    """Return what is kept -> of how many images."""
    return {
        f"{store.key.kind} {store.key.about}".strip(): len(store.known())
        for store in stores(Layout(root).store)
        if store.key.kind in ("faces", "vectors")
    }


def outputs(root: Path) -> dict[str, bytes]:
    """Return the bytes of what the stages wrote."""
    files = (path for name in OUTPUTS for path in (root / name).rglob("*") if path.is_file())
    names = {path.relative_to(root).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith("data/raw/")}


def add(test: Path) -> None:
    """Add a photograph nobody has seen: the bytes after a picture's end make it another file."""
    first = sorted((test / "gallery").iterdir())[0]
    (test / f"gallery/zz_added{first.suffix}").write_bytes(first.read_bytes() + b"more")


def change(test: Path) -> None:
    """Put another photograph in the place of a query."""
    first, second, *_ = sorted((test / "query").iterdir())
    first.write_bytes(second.read_bytes() + b"other")


def remove(test: Path) -> None:
    """Remove a gallery image."""
    sorted((test / "gallery").iterdir())[2].unlink()


# What is done, and of how many images something is computed after it.
EDITS: tuple[tuple[str, Callable[[Path], None], int], ...] = (
    ("added", add, 1),
    ("changed", change, 1),
    ("removed", remove, 0),
)


def measure(folder: Path, images: Path, models: list[str], compare: bool) -> bool:
    """Make a run, edit it, and print a line for each edit; tell whether all was right."""
    warm = folder / "warm"
    clone(warm, images, models)
    print("cold run       {:7.1f} s, {:7.1f} of processor time,".format(*repro(warm)), known(warm), flush=True)
    right = True
    for name, edit, expected in EDITS:
        before = known(warm)
        edit(warm / f"data/raw/{NAME}/test")
        seconds, used = repro(warm)
        computed = {what: count - before.get(what, 0) for what, count in known(warm).items()}
        differing = _from_cold(warm, folder / name, models) if compare else None
        right = right and not differing and set(computed.values()) <= {expected}
        told = "not compared" if differing is None else "the same outputs as a cold run"
        told = f"differs from a cold run: {differing}" if differing else told
        print(f"one {name:10} {seconds:7.1f} s, {used:7.1f} of processor time, computed {computed}, {told}", flush=True)
    return right


def _from_cold(warm: Path, cold: Path, models: list[str]) -> list[str]:
    """Return the outputs that a cold run of the same images writes otherwise."""
    clone(cold, warm / f"data/raw/{NAME}", models)
    repro(cold)
    differing = _differing(outputs(warm), outputs(cold))
    shutil.rmtree(cold)
    return differing


def _differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, nargs="?")
    parser.add_argument("--models", default="sface,effnet_frozen")
    parser.add_argument("--times", action="store_true", help="how long it takes, without cold runs to compare with")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        images = arguments.images
        if images is None:
            images = Path(home) / "sample"
            write_dataset(images, load_params(ROOT / "params.yaml").sample.model_copy(update=SMALL))
        if not measure(Path(home), images.resolve(), arguments.models.split(","), not arguments.times):
            sys.exit(1)


if __name__ == "__main__":
    main()
