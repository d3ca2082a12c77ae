"""Whom the pictures of a folder show: told by folders, by a CSV, or by the names of the files."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from lookalike.catalog.labels import csv_rows
from lookalike.catalog.layout import is_storable
from lookalike.catalog.table import DOMAINS, SPLITS
from lookalike.kit.errors import LookalikeError
from lookalike.tools.search.folder import list_folder

CSV_COLUMNS = ("image", "label")
# As `split` of a CSV or a pattern: query or gallery, by the domain.
TEST = "test"
# What file systems take of one name, with room for what is put before it.
_LONGEST = 200
_SHORTHAND = {"label": "(?P<label>[^/]+)", "domain": "(?P<domain>[^/]+?)", "split": "(?P<split>[^/]+?)", "n": "[0-9]+"}


@dataclass(frozen=True)
class Picture:
    """An image file and what is known of it.

    Attributes:
        source: path relative to the folder that is imported, with forward slashes.
        label: whom or what it shows.
        domain: real, synthetic or unknown.
        split: train, query, gallery or test; empty where the import is to choose.
    """

    source: str
    label: str
    domain: str = "unknown"
    split: str = ""


@dataclass(frozen=True)
class Found:
    """The pictures of a folder, by source, and source -> why it is left out."""

    pictures: tuple[Picture, ...]
    left_out: Mapping[str, str]


# From a path relative to the folder to its picture, or to why it is left out.
Reading = Callable[[str], Picture | str]


def find_pictures(folder: Path, read: Reading) -> Found:
    """List a folder and read what is known of each image; no image is opened, and no link is followed out of it.

    Raises:
        LookalikeError: the folder holds no image, or labels cannot be the names of folders.
    """
    listed = list_folder(folder)
    linked = (path for path in folder.rglob("*") if path.is_symlink() and path.is_dir())
    left_out = {ascii(path.relative_to(folder).as_posix())[1:-1]: "linked folder" for path in linked}
    left_out |= {name[1:-1]: reason for name, reason in listed.refused.items()}
    read_as = {name: read(name) for name in listed.image_id}
    pictures = tuple(one for one in read_as.values() if isinstance(one, Picture))
    left_out |= {name: reason for name, reason in read_as.items() if isinstance(reason, str)}
    if not pictures:
        raise LookalikeError(f"{folder}: no image tells whom it shows ({next(iter(left_out.values()))})")
    _check_labels({picture.label for picture in pictures})
    return Found(pictures, dict(sorted(left_out.items())))


def by_folder(real: str, synthetic: str) -> Reading:
    """Read identity folders: `<identity>/**`, `real/<identity>/**` or `<identity>/real/**`, and likewise synthetic.

    Args:
        real: glob of the names of real images, where no folder tells.
        synthetic: glob of the names of synthetic ones.
    """

    def read(name: str) -> Picture | str:
        *above, file = name.split("/")
        domain = next((part.lower() for part in above[:2] if part.lower() in DOMAINS), None)
        identity = [part for part in above[:2] if part.lower() not in DOMAINS]
        if not identity:
            return "outside an identity folder"
        return Picture(name, identity[0], domain or _by_name(file, real, synthetic))

    return read


def by_pattern(pattern: str, real: str, synthetic: str) -> Reading:
    """Read names: `{label}_{n}`, or a regular expression with the groups label, and if need be domain and split.

    A pattern with a slash is held against the path without its suffix, any other against the file's name without it.

    Raises:
        LookalikeError: the pattern is not of that form.
    """
    expression = _compiled(pattern)

    def read(name: str) -> Picture | str:
        path = PurePosixPath(name)
        match = expression.fullmatch(path.with_suffix("").as_posix() if "/" in pattern else path.stem)
        if not match:
            return "its name does not fit the pattern"
        told = match.groupdict()
        domain = told.get("domain") or _by_name(path.name, real, synthetic)
        return _checked(Picture(name, told["label"], domain.lower(), (told.get("split") or "").lower()), name)

    return read


def by_csv(path: Path, real: str, synthetic: str) -> Reading:
    """Read a CSV with the columns image and label, and if need be domain and split; images are relative to the folder.

    Raises:
        LookalikeError: the file is missing, has other columns, or gives an image two labels.
    """
    rows: dict[str, Picture] = {}
    for line, row in _csv_rows(path):
        name = PurePosixPath(row["image"]).as_posix()
        domain = row.get("domain", "").lower() or _by_name(PurePosixPath(name).name, real, synthetic)
        picture = Picture(name, row["label"], domain, row.get("split", "").lower())
        if rows.setdefault(name, _checked(picture, f"{path}, line {line}")) != picture:
            raise LookalikeError(f"{path}, line {line}: {name!a} stands there twice, and not alike; keep one line")
    return lambda name: rows.get(name, "not in the CSV")


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        for line, row in csv_rows(path, CSV_COLUMNS, "image,label[,domain][,split]"):
            yield line, {name: (value or "").strip() for name, value in row.items() if name}
    except (FileNotFoundError, IsADirectoryError):
        raise LookalikeError(f"{path}: no such file; expected a CSV with the columns image,label") from None


def _compiled(pattern: str) -> re.Pattern[str]:
    # The curly brackets of a regular expression count repetitions.
    parts = [pattern] if "(?P<" in pattern else re.split(r"\{([a-z]+)\}", pattern)
    written = [_SHORTHAND.get(part, "[^/]+?") if i % 2 else re.escape(part) for i, part in enumerate(parts)]
    try:
        expression = re.compile(pattern if len(parts) == 1 and "(?P<" in pattern else "".join(written))
    except re.error as error:
        raise LookalikeError(f"--pattern {pattern!a}: {error}") from error
    if "label" not in expression.groupindex:
        raise LookalikeError(f"--pattern {pattern!a}: names no label; expected {{label}}_{{n}} or (?P<label>…)")
    return expression


def _by_name(name: str, real: str, synthetic: str) -> str:
    matching = [domain for domain, glob in (("real", real), ("synthetic", synthetic)) if fnmatchcase(name, glob)]
    return matching[0] if len(matching) == 1 else "unknown"


def _checked(picture: Picture, where: str) -> Picture:
    for key, value, allowed in (
        ("domain", picture.domain, DOMAINS),
        ("split", picture.split, ("", *SPLITS, TEST)),
    ):
        if value not in allowed:
            raise LookalikeError(f"{where}: {key} {value!a}; expected one of {', '.join(filter(None, allowed))}")
    return picture


def _check_labels(labels: Iterable[str]) -> None:
    """Refuse labels that cannot be the name of a folder, or would not be read as one."""
    wrong = sorted(ascii(label) for label in labels if not _is_name(label))
    if wrong:
        raise LookalikeError(
            f"{len(wrong)} labels cannot be names of folders: {', '.join(wrong[:5])}; expected 1 to {_LONGEST} bytes "
            "without slashes or control characters, no dot at the start and no space at an end"
        )


def _is_name(label: str) -> bool:
    sound = label == label.strip() and label and not label.startswith(".") and not {"/", "\\"} & set(label)
    return bool(sound) and is_storable(label) and len(label.encode()) <= _LONGEST
