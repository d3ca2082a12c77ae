"""The labels of test images. They are for scoring alone, and no other file reads them from a dataset."""

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike.catalog.layout import ImageFile, inside
from lookalike.catalog.queries import query_of
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import read_json
from lookalike.params.datasets import DatasetOptions

COLUMNS = ("split", "filename", "identity")
_NUMBERED = re.compile(r"(?P<label>.+)_[0-9]+")

# (split, name of a file, or of a folder that is one query): the same name may stand in both splits.
Key = tuple[str, str]
# Key -> ids of the images that it labels: one, or all of a folder.
Test = dict[Key, list[str]]


@dataclass(frozen=True)
class Labels:
    """The labels of test images, from one source.

    Attributes:
        label: image id -> label, for the images that have exactly one.
        faults: what is wrong with the source -> the names it is wrong about, sorted.
    """

    label: dict[str, str]
    faults: dict[str, list[str]]


def read_test_labels(root: Path, files: Sequence[ImageFile], options: DatasetOptions) -> Labels:
    """Read the labels of a dataset's test images from the source its recipe names.

    Args:
        root: the dataset's folder.
        files: its images; those of the train split are passed over.
        options: the dataset's recipe.

    Raises:
        LookalikeError: the label file is missing, outside the dataset, or not of the expected form.
    """
    test: Test = defaultdict(list)
    for file in files:
        if file.split != "train":
            test[file.split, query_of(file.image_id).rpartition("/")[2]].append(file.image_id)
    if options.labels == "none":
        return Labels({}, {})
    if options.labels == "prefix":
        pairs: Iterable[tuple[Key, str | None]] = ((key, _named(key[1], images[0])) for key, images in test.items())
        return _labels_of(test, pairs, {})
    path = inside(root, root / options.labels_file)
    if not path.is_file():
        raise LookalikeError(f"{path}: no such label file; put it there, or set labels: none for this dataset")
    if options.labels == "csv":
        return _labels_of(test, _csv_rows(path), {})
    mapping = _read_mapping(path)
    return _labels_of(test, _components(mapping), {"mapping lists part of its group": _partial(mapping)})


def read_label_file(path: Path) -> tuple[list[ImageFile], Labels]:
    """Read a label file by itself, a CSV or else JSON, and the test images that it names, sorted by id.

    Raises:
        LookalikeError: the file is missing, or not of the expected form.
    """
    if not path.is_file():
        raise LookalikeError(f"{path}: no such label file; expected a CSV ({','.join(COLUMNS)}) or JSON")
    pairs = list(_csv_rows(path) if path.suffix.lower() == ".csv" else _components(_read_mapping(path)))
    test = {key: ["/".join(("test", *key))] for key, _ in pairs}
    files = [ImageFile(image, split) for (split, _), (image,) in test.items()]
    return sorted(files, key=lambda file: file.image_id), _labels_of(test, pairs, {})


def prefix(name: str) -> str | None:
    """Return the text before the last `_<number>`: `pig_0001.jpg` -> `pig`; None without one."""
    return _before_number(Path(name).stem)


def _before_number(text: str) -> str | None:
    match = _NUMBERED.fullmatch(text)
    return match["label"] if match else None


def _named(name: str, image_id: str) -> str | None:
    """Return the label that a name tells: a folder needs no number to tell it from others, and has no suffix."""
    return prefix(name) if image_id.endswith(f"/{name}") else _before_number(name) or name


def _labels_of(test: Test, pairs: Iterable[tuple[Key, str | None]], faults: dict[str, list[str]]) -> Labels:
    labels: dict[Key, set[str]] = defaultdict(set)
    for key, value in pairs:
        labels[key] |= {value} if value else set()
    found = {
        "label of a missing file": ["/".join(key) for key in labels.keys() - test.keys()],
        "conflicting labels": ["/".join(key) for key in labels if len(labels[key]) > 1],
        "no label": ["/".join(key) for key in test if not labels.get(key)],
    }
    label = {image: min(labels[key]) for key in test if len(labels.get(key, ())) == 1 for image in test[key]}
    return Labels(label, {kind: sorted(names) for kind, names in {**found, **faults}.items() if names})


def _csv_rows(path: Path) -> Iterator[tuple[Key, str | None]]:
    for _, row in csv_rows(path, COLUMNS, ",".join(COLUMNS)):
        if row["split"] in ("query", "gallery"):
            yield (row["split"], row["filename"] or ""), (row["identity"] or "").strip()


def csv_rows(path: Path, columns: Collection[str], expected: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of the line that each row of a CSV ends in, and the row.

    Args:
        path: the file.
        columns: that it must have.
        expected: how its header should read, for an error.

    Raises:
        LookalikeError: a column is missing, or the file is no CSV in UTF-8.
        OSError: it cannot be opened.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if not set(columns) <= set(reader.fieldnames or ()):
                raise LookalikeError(f"{path}: header {reader.fieldnames}; expected {expected}")
            for row in reader:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise LookalikeError(f"{path}: not a CSV in UTF-8 ({error})") from error


def _read_mapping(path: Path) -> dict[str, list[str]]:
    match read_json(path):
        case dict() as mapping if all(map(_is_list_of_names, mapping.values())):
            return mapping
    raise LookalikeError(f"{path}: expected {{query file name: [gallery file names]}}")


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _components(mapping: dict[str, list[str]]) -> Iterator[tuple[Key, str]]:
    """Yield every file with the smallest query of its connected component, which serves as the label."""
    parent = {query: query for query in mapping}

    def find(query: str) -> str:
        while parent[query] != query:
            parent[query] = parent[parent[query]]
            query = parent[query]
        return query

    owner: dict[str, str] = {}
    for query in sorted(mapping):
        for name in mapping[query]:
            first, second = sorted((find(query), find(owner.setdefault(name, query))))
            parent[second] = first
    yield from ((("query", query), find(query)) for query in mapping)
    yield from ((("gallery", name), find(query)) for name, query in owner.items())


def _partial(mapping: dict[str, list[str]]) -> list[str]:
    """Queries whose list lacks gallery images that other queries tie to them."""
    label = dict(_components(mapping))
    group: dict[str, set[str]] = defaultdict(set)
    for (split, name), value in label.items():
        if split == "gallery":
            group[value].add(name)
    return [f"query/{query}" for query in mapping if set(mapping[query]) != group[label["query", query]]]
