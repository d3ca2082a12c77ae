"""A folder of hostile files through catalog, faces, embed, index, query and the page, with sound images among them.

python -m benchmarks.hostile FOLDER [--sound FOLDER] [--queries 12] [--uploads 500]

Prints what each step took, crashes, hangs, rows by reason, and whether the sound images' vectors kept their bytes among
the others. FOLDER may hold files of any kind; the sound images show faces, and are by default drawn for this.
"""

import argparse
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import yaml

from benchmarks.hostile_page import use_page
from benchmarks.watched import ROOT, Outcome, lookalike, watch
from lookalike.catalog.layout import SUFFIXES
from lookalike.catalog.table import Catalog
from lookalike.embedding.table import EmbeddingTable
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.sample.dataset import write_dataset
from lookalike.tools.search.searcher import Searcher

MODEL, DATASET = "sface", "hostile"
HANG_SECONDS = 10.0
MOST_SOUND = 40
Vectors = dict[str, bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sound", type=Path, help="folder of sound images")
    parser.add_argument("--queries", type=int, default=12, help="hostile files to query by, one command each")
    parser.add_argument("--uploads", type=int, default=500, help="hostile files to send to the page, 20 in parallel")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sound = options.sound or made_up(place)
        hostile = sorted(path for path in options.folder.iterdir() if path.name != "README.md")
        alone = project(place / "alone", [], sound)
        among = project(place / "among", hostile, sound)
        print(f"{len(hostile)} hostile files, {len(images_of(sound))} sound images\n")
        _, expected, _ = run_stages(alone)
        outcomes, vectors, rows = run_stages(among)
        outcomes += run_search(among, hostile, options.queries)
        outcomes.append(use_page(among, gallery(among), hostile, sound_photo(among), options.uploads))
        report(outcomes, rows, hostile)
        same("embed", expected, vectors)
        same("index", indexed(alone), indexed(among))


def made_up(place: Path) -> Path:
    """Draw a small sample, and return its gallery."""
    options = load_params(ROOT / "params.yaml").sample.model_copy(update={"train_identities": 2, "test_identities": 10})
    write_dataset(place / "sample", options)
    return place / "sample/test/gallery"


def images_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)[:MOST_SOUND]


def project(root: Path, hostile: list[Path], sound: Path) -> Path:
    """Make a project whose dataset holds hostile files among sound images, on both sides of the search."""
    root.mkdir()
    for name in ("src", "stages"):
        (root / name).symlink_to(ROOT / name)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["run"] |= {"dataset": DATASET, "models": [MODEL]}
    params["datasets"][DATASET] = {"crop": True, "labels": "none", "precision_k": 0}
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    for number, path in enumerate([*hostile, *images_of(sound), *images_of(sound)[:2]]):
        query = number % 2 == 1 if number < len(hostile) else number >= len(hostile) + len(images_of(sound))
        suffix = "" if path.suffix.lower() in SUFFIXES else ".jpg"
        kind = "hostile" if number < len(hostile) else "sound"
        target = (
            Layout(root).images(DATASET) / "test" / ("query" if query else "gallery") / f"{kind}_{path.name}{suffix}"
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return root


def gallery(root: Path) -> Path:
    return Layout(root).images(DATASET) / "test/gallery"


def sound_photo(root: Path) -> Path:
    return next(path for path in sorted(gallery(root).iterdir()) if path.name.startswith("sound_"))


def run_stages(root: Path) -> tuple[list[Outcome], Vectors, Catalog]:
    """Run the stages up to `embed`, as dvc.yaml does, and return the vectors of the sound images."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    outcomes = []
    for name in ("catalog", "faces", "weights", "crop", "finetune", "embed"):
        stage = stages[name].get("do", stages[name])
        command = stage["cmd"].replace("${item}", f"--model {MODEL}")
        outcomes.append(watch(name, ["sh", "-c", command], root))
    table, catalog = EmbeddingTable.read(Layout(root).embeddings(MODEL)), Catalog.read(Layout(root).catalog)
    return outcomes, vectors_of(table.image_id, table.embedding), catalog


def vectors_of(names: np.ndarray, embedding: np.ndarray) -> Vectors:
    return {str(name): row.tobytes() for name, row in zip(names, embedding, strict=True) if "sound_" in str(name)}


def run_search(root: Path, hostile: list[Path], queries: int) -> list[Outcome]:
    """Index the gallery's folder, then query it by a sound image and by some hostile files."""
    folder = str(gallery(root))
    outcomes = [watch("index", lookalike("index", folder), root)]
    outcomes.append(watch("query, sound", lookalike("query", str(sound_photo(root)), "--gallery", folder), root))
    for path in hostile[:: max(len(hostile) // max(queries, 1), 1)][:queries]:
        command = lookalike("query", str(path.resolve()), "--gallery", folder)
        outcomes.append(watch(f"query, {path.name[:24]}", command, root, refusal=True))
    return outcomes


def indexed(root: Path) -> Vectors:
    here = Path.cwd()
    os.chdir(root)
    try:
        watch("index", lookalike("index", str(gallery(root))), root)
        found = Searcher.open(root, gallery(root)).gallery
    finally:
        os.chdir(here)
    return vectors_of(found.catalog.image_id, found.embedding[MODEL])


def report(outcomes: list[Outcome], rows: Catalog, hostile: list[Path]) -> None:
    print(f"{'step':32} {'exit':>4} {'wall':>8} {'CPU':>8} {'peak':>8}")
    for one in outcomes:
        print(f"{one.name:32} {one.code:4} {one.wall:6.1f} s {one.cpu:6.1f} s {one.peak / 1e6:5.0f} MB  {one.note}")
    listed = sum("hostile_" in str(name) for name in rows.image_id)
    print(f"\ncrashes: {sum(one.crashed for one in outcomes)}")
    print(f"hangs over {HANG_SECONDS:g} s: {sum(one.hangs for one in outcomes)}")
    print(f"hostile files without a row: {len(hostile) - listed}")
    print(f"peak of all processes: {max(one.peak for one in outcomes) / 1e6:,.0f} MB")
    for reason, count in Counter(rows.status[[("hostile_" in str(name)) for name in rows.image_id]]).most_common():
        print(f"  {reason:24} {count:6}")


def same(step: str, expected: Vectors, found: Vectors) -> None:
    kept = sum(found.get(name) == row for name, row in expected.items())
    answer = "yes" if kept == len(expected) else "no"
    print(f"sound images' vectors of {step} kept their bytes: {answer} ({kept} of {len(expected)})")


if __name__ == "__main__":
    main()
