"""The same bytes whoever does the work and whatever dies meanwhile, and what the engine costs over its kernels.

    python -m benchmarks.executors FOLDER [--images 96] [--seeds 20] [--kills 50] [--ray 4]

finds faces in images of a folder and embeds them by `sface`, as published, each time into an empty store: in this
process, by one worker, by four, by Ray on one node and on clusters of three (`--ray`); with workers, and one of the
three nodes, killed at random moments; and by a program that is itself killed at random moments, and started again.
Prints seconds, and whether faces and vectors are the same bytes. Before that, processor time of decoding, finding,
cutting and embedding alone, beside that of the engine in this process.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from lookalike.catalog.table import Catalog
from lookalike.engine import engine
from lookalike.engine.batches import Batches
from lookalike.engine.executors.base import VARIABLE, chosen
from lookalike.engine.rows import DIGEST, from_hex
from lookalike.faces.cut import cut
from lookalike.faces.find import Finder
from lookalike.faces.pixels import file_reader
from lookalike.kit.workers import worker_count
from lookalike.run.layout import STORE_VARIABLE, Layout
from lookalike.tools.search.folder import list_folder
from lookalike.tools.search.gallery import Gallery
from lookalike.tools.search.inventory import list_images
from lookalike.tools.search.known import KnownImages
from lookalike.tools.search.published import published_run
from lookalike.tools.search.run import SearchRun

# Small parts, so that something is always in flight.
PART = 8
# Images that the engine's cost is measured on.
MEASURED = 600
# Goes on beside the work until its event is set.
Meanwhile = Callable[[threading.Event], None]


def run_of() -> SearchRun:
    return published_run(Path())


def images_of(folder: Path, most: int) -> Catalog:
    catalog = list_images(Layout().store, folder, list_folder(folder).image_id)
    readable = catalog.rows(catalog.ok)
    return readable.rows(slice(0, most))


def compute(folder: Path, images: Catalog) -> Gallery:
    return KnownImages(run_of(), folder, images).complete(chosen()).gallery


def digest(gallery: Gallery) -> str:
    faces = gallery.faces
    assert faces is not None, "the default run looks at faces"
    parts = [gallery.catalog.image_id.astype("S"), faces.points, faces.score, *gallery.embedding.values()]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16]


@contextmanager
def empty_store() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as root:
        os.environ[STORE_VARIABLE] = root
        yield Path(root)


def timed(
    executor: str, folder: Path, images: Catalog, meanwhile: Callable[[threading.Event], None] | None = None
) -> str:
    """Compute with an executor into an empty store, and return the digest of what is known then."""
    os.environ[VARIABLE] = executor
    over = threading.Event()
    with empty_store():
        start = time.perf_counter()
        beside = threading.Thread(target=meanwhile, args=(over,)) if meanwhile else None
        if beside:
            beside.start()
        found = digest(compute(folder, images))
        over.set()
        seconds = time.perf_counter() - start
    if beside:
        beside.join()
    print(f"{executor:10} {seconds:6.1f} s  {found}", flush=True)
    return found


def killer(seed: int, workers: Callable[[], list[psutil.Process]], most: int = 3) -> Meanwhile:
    """Return what kills workers at random moments, no more than `most` of them."""
    drawn = random.Random(seed)

    def kill(over: threading.Event) -> None:
        for _ in range(most):
            if over.wait(drawn.uniform(0.5, 3.0)):
                return
            if alive := workers():
                drawn.choice(alive).kill()

    return kill


def children() -> list[psutil.Process]:
    mark = "executors.local"
    return [one for one in psutil.Process().children() if any(mark in word for word in _words(one))]


def actors() -> list[psutil.Process]:
    return [one for one in psutil.process_iter() if any(word.startswith("ray::_Actor") for word in _words(one))]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def overhead(folder: Path, images: Catalog) -> None:
    """Print processor time of the kernels alone, and of the engine, on the same images; both load their networks."""
    os.environ[VARIABLE] = "inline"
    kernels(folder, images.rows(slice(0, 1)))
    ratios = []
    for _ in range(3):
        start = time.process_time()
        kernels(folder, images)
        alone = time.process_time() - start
        with empty_store():
            start = time.process_time()
            compute(folder, images)
            whole = time.process_time() - start
        ratios.append(whole / alone)
        print(f"{len(images)} images: kernels alone {alone:.2f} core-seconds, engine {whole:.2f}", flush=True)
    print(f"engine over kernels, median of three: {sorted(ratios)[1]:.3f}", flush=True)


def kernels(folder: Path, images: Catalog) -> None:
    """Decode, find, cut and embed, and keep nothing."""
    run = run_of()
    model, read = run.model(next(iter(run.tables))), file_reader(folder)
    batches, finder = Batches(model.load()), Finder(read, run.params.faces)

    def chip(row: int) -> np.ndarray:
        name, (width, height) = str(images.image_id[row]), map(int, images.size[row])
        return cut(read(name), finder.face(name, width, height), model.crop)

    with ThreadPoolExecutor(worker_count()) as pool:
        for sha256, one in zip(from_hex(images.sha256), pool.map(chip, range(len(images))), strict=True):
            batches.put(np.array([sha256], DIGEST), one)
    batches.taken()


def killed_programs(folder: Path, images: Catalog, expected: str, kills: int) -> bool:
    """Start a program that does the work, kill it at a random moment, and go on until it ends; so many times over."""
    drawn, same, done = random.Random(0), True, 0
    command = [sys.executable, "-m", "benchmarks.executors", str(folder), "--images", str(len(images)), "--once"]
    os.environ[VARIABLE] = "local"
    while done < kills:
        with empty_store():
            while True:
                program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                try:
                    told, _ = program.communicate(timeout=drawn.uniform(1.0, 6.0) if done < kills else None)
                    break
                except subprocess.TimeoutExpired:
                    program.send_signal(signal.SIGKILL)
                    program.communicate()
                    done += 1
        same = same and told.split()[-1:] == [expected]
    print(f"a program killed {done} times in all: {'the same bytes' if same else 'OTHER BYTES'}")
    return same


def with_ray(folder: Path, images: Catalog, seeds: int) -> list[str]:
    from ray.cluster_utils import Cluster

    os.environ["RAY_AUTH_MODE"] = "disabled"
    found = [timed("ray:2", folder, images)]
    node = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
    for seed in range(seeds):
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        nodes = [cluster.add_node(**node) for _ in range(2)]
        os.environ["RAY_ADDRESS"] = cluster.address
        lose = loser(random.Random(seed), cluster, nodes) if seed else None
        found.append(timed("ray", folder, images, lose))
        cluster.shutdown()
        del os.environ["RAY_ADDRESS"]
    return found


def loser(drawn: random.Random, cluster: Any, nodes: list[Any]) -> Meanwhile:
    """Return what kills an actor and then takes a node away, at random moments."""

    def lose(over: threading.Event) -> None:
        killer(drawn.randrange(1000), actors, 1)(over)
        if not over.wait(drawn.uniform(1.0, 6.0)):
            cluster.remove_node(drawn.choice(nodes))

    return lose


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=96)
    parser.add_argument("--seeds", type=int, default=20, help="runs whose workers are killed")
    parser.add_argument("--kills", type=int, default=50, help="times that a whole program is killed")
    parser.add_argument(
        "--ray", type=int, default=0, help="runs on clusters of three nodes; all but the first lose one"
    )
    parser.add_argument("--once", action="store_true", help="do the work into the store there is, and print the digest")
    options = parser.parse_args()
    whole = images_of(options.folder, MEASURED)
    images = whole.rows(slice(0, options.images))
    if not options.once:
        overhead(options.folder, whole)
    engine.LEAST = engine.MOST = PART
    if options.once:
        print(digest(compute(options.folder, images)))
        return
    found = [timed(executor, options.folder, images) for executor in ("inline", "local", "local:4")]
    found += [timed("local:2", options.folder, images, killer(seed, children)) for seed in range(options.seeds)]
    if options.ray:
        found += with_ray(options.folder, images, options.ray)
    same = len(set(found)) == 1 and killed_programs(options.folder, images, found[0], options.kills)
    print(f"{len(found)} runs: {'the same bytes' if same else f'OTHER BYTES: {sorted(set(found))}'}")
    raise SystemExit(not same)


if __name__ == "__main__":
    main()
