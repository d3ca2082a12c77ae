"""Every byte of a run, held against what is known of it: its own digests, the catalogue's, and those of dvc.lock."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from lookalike.backbones.trained import read_training
from lookalike.catalog.table import Catalog
from lookalike.fusion.plan import Plan
from lookalike.kit.arrays import read_array
from lookalike.kit.errors import FileFault, LookalikeError
from lookalike.kit.files import sha256_file
from lookalike.kit.parquet import read_table
from lookalike.kit.progress import track
from lookalike.metrics.systems import ENSEMBLE
from lookalike.params.load import Params
from lookalike.run.layout import Layout
from lookalike.weights.note import check_weights, noted_digest

REMEDY = "delete it and run `dvc repro`, which takes it from the cache or makes it again"


@dataclass
class Damage:
    """What was read, and what is wrong with it.

    Attributes:
        files: how many files were read.
        faults: a sentence for each that is damaged, missing or changed.
    """

    files: int = 0
    faults: list[str] = field(default_factory=list)


def find_damage(params: Params, layout: Layout) -> Damage:
    """Read all of a run; whatever has not been made yet is passed over, unless dvc.lock lists it."""
    found, told = Damage(), set[Path]()
    for path, read in _own_digests(params, layout):
        if path.exists():
            found.files += 1
            try:
                read(path)
            except LookalikeError as error:
                found.faults.append(str(error))
                told.add(path)
    for path, md5 in _locked(layout):
        if path not in told:
            found.files += 1
            found.faults += _against_lock(path, md5)
    if layout.catalog.is_file() and layout.catalog not in told:
        _read_images(layout.images(params.run.dataset), Catalog.read(layout.catalog), found)
    return found


def _own_digests(params: Params, layout: Layout) -> Iterator[tuple[Path, Callable[[Path], Any]]]:
    """Yield the files that carry a digest, or have a note of it, and what reads them."""

    def table(path: Path) -> None:
        read_table(path, [])

    for path in (layout.catalog, layout.faces, layout.queries, layout.ranking(ENSEMBLE)):
        yield path, table
    yield layout.plan, Plan.read
    for model in params.run.models:
        note = layout.weights_note(model)
        yield note, noted_digest
        yield layout.weights(model), partial(_check_weights, note)
        yield layout.crops(model), read_array
        yield layout.trained(model), read_training
        yield layout.embeddings(model), table
        yield layout.cross_fitted(model), table
        yield layout.ranking(model), table


def _check_weights(note: Path, weights: Path) -> None:
    check_weights(weights, noted_digest(note))


def _locked(layout: Layout) -> Iterator[tuple[Path, str]]:
    """Yield every output of the last `dvc repro` with its MD5; a folder's ends in `.dir`."""
    if layout.lock.is_file():
        stages = yaml.load(layout.lock.read_text(encoding="utf-8"), yaml.CSafeLoader)["stages"]
        for stage in stages.values():
            yield from ((layout.root / out["path"], str(out["md5"])) for out in stage.get("outs", ()))


def _against_lock(path: Path, md5: str) -> list[str]:
    if not path.exists():
        return [f"{path}: missing; run `dvc repro`"]
    try:
        same = (_md5_of_folder(path) if md5.endswith(".dir") else _md5(path)) == md5.removesuffix(".dir")
    except FileFault as error:
        return [str(error)]
    return [] if same else [f"{path}: not what dvc.lock records: damaged, or changed since `dvc repro`; {REMEDY}"]


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "md5").hexdigest()


def _md5_of_folder(folder: Path) -> str:
    """Return what DVC makes of a folder: the MD5 of a JSON list of its files (dvc_data/hashfile/tree.py)."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listed = [{"md5": _md5(path), "relpath": path.relative_to(folder).as_posix()} for path in files]
    listed.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest()


def _read_images(folder: Path, catalog: Catalog, found: Damage) -> None:
    for name, digest in zip(track(catalog.image_id, "reading images", len(catalog)), catalog.sha256, strict=True):
        path = folder / str(name)
        if digest:
            found.files += 1
            try:
                if sha256_file(path) != digest:
                    found.faults.append(f"{path}: other bytes than the catalogue noted; restore it or run `dvc repro`")
            except (OSError, FileFault) as error:
                found.faults.append(f"{path}: cannot be read ({error}); restore it or run `dvc repro`")
