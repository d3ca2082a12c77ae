"""The folder of a dataset, as `catalog.layout` reads it: written whole, or not at all."""

import csv
import errno
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import atomic_path, write_json
from lookalike.kit.progress import track
from lookalike.tools.importing.recipe import LABELS_FILE
from lookalike.tools.importing.report import Report
from lookalike.tools.importing.sources import Picture

SOURCES, REPORT = "sources.csv", "import.json"


def refuse_existing(target: Path) -> None:
    """Refuse a place where something stands.

    Raises:
        LookalikeError: something does, a link to nothing included.
    """
    if target.exists() or target.is_symlink():
        raise LookalikeError(f"{target}: exists already, and an import replaces nothing; choose another name")


def write_dataset(target: Path, folder: Path, pictures: Sequence[Picture], report: Report, link: bool) -> None:
    """Put the pictures into a new dataset's folder, with their labels, where each came from, and the report.

    Args:
        target: the new folder.
        folder: what the pictures' sources are relative to.
        pictures: each with its split.
        report: kept beside them.
        link: share the files (hard links) in place of copying them.

    Raises:
        LookalikeError: the target exists, or files cannot be shared between two disks.
    """
    refuse_existing(target)
    places = place_names(pictures)
    needed = 0 if link else sum((folder / picture.source).stat().st_size for picture in pictures)
    with atomic_path(target, needed) as made:
        for picture, place in track(list(zip(pictures, places, strict=True)), "linking" if link else "copying"):
            (made / place).parent.mkdir(parents=True, exist_ok=True)
            _put(folder / picture.source, made / place, link)
        tests = [(p.split, PurePosixPath(at).name, p.label) for p, at in zip(pictures, places, strict=True)]
        _write_csv(made / LABELS_FILE, ("split", "filename", "identity"), (row for row in tests if row[0] != "train"))
        origin = [(at, p.source, p.label, p.domain) for p, at in zip(pictures, places, strict=True)]
        _write_csv(made / SOURCES, ("image", "source", "label", "domain"), origin)
        write_json(made / REPORT, report.as_dict())
        refuse_existing(target)


def place_names(pictures: Sequence[Picture]) -> list[str]:
    """Return where each picture goes, relative to the dataset's folder.

    Training images are numbered by domain within their identity. A test image has a name that tells nothing.
    """
    number: Counter[tuple[str, str]] = Counter()
    places = []
    for picture in pictures:
        suffix = PurePosixPath(picture.source).suffix.lower()
        if picture.split == "train":
            number[picture.label, picture.domain] += 1
            name = f"{picture.domain}_{number[picture.label, picture.domain]:04}{suffix}"
            places.append(f"train/{picture.label}/{name}")
        else:
            code = hashlib.sha256(picture.source.encode()).hexdigest()[:32]
            places.append(f"test/{picture.split}/{code}{suffix}")
    return places


def _put(source: Path, place: Path, link: bool) -> None:
    if not link:
        shutil.copyfile(source, place)
        return
    try:
        os.link(source.resolve(), place)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        raise LookalikeError(
            f"{source}: cannot be linked to ({error.strerror}); import without --link, which copies"
        ) from error


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(rows))
