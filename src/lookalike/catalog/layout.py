"""The image files of a dataset: `train|training/<identity>/**`, `test/query/*`, `test/query/*/*` and `test/gallery/*`.

The photographs of one folder of `test/query` ask together (`catalog.queries`).
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lookalike.kit.errors import LookalikeError

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_TRAIN_FOLDERS = ("train", "training")
# How deep the images of a side of the test may lie, and what is said of those that lie deeper.
_TEST_DEPTH = {"query": (2, "deeper than a folder of test/query"), "gallery": (1, "in a subfolder of test/gallery")}


@dataclass(frozen=True)
class ImageFile:
    """A file that should hold an image.

    Attributes:
        image_id: path relative to the dataset's root, with forward slashes.
        split: train, query or gallery.
        identity: the folder of a training image; None for a test image.
    """

    image_id: str
    split: str
    identity: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.image_id.rpartition("/")[2]


@dataclass(frozen=True)
class Listing:
    """The image files of a dataset, sorted by id, and how many other entries were passed over, by reason."""

    files: tuple[ImageFile, ...]
    ignored: dict[str, int]


def list_images(root: Path) -> Listing:
    """List a dataset folder; nothing is opened.

    Args:
        root: the dataset's folder, or a link to it.

    Raises:
        LookalikeError: the folder, its query or its gallery images are missing, a link leads out of it, or a
            name cannot be stored.
    """
    if not root.is_dir():
        raise LookalikeError(
            f"{root}: no such dataset folder; copy it there, or link it: ln -s /path/to/dataset {root}"
        )
    ignored: Counter[str] = Counter()
    files = _train_images(root, ignored)
    for split in ("query", "gallery"):
        found = _test_images(root, split, ignored)
        if not found:
            raise LookalikeError(f"{root}/test/{split}: holds no images ({'/'.join(SUFFIXES)}); nothing to rank")
        files += found
    return Listing(tuple(sorted(files, key=lambda file: file.image_id)), dict(sorted(ignored.items())))


def inside(root: Path, path: Path) -> Path:
    """Return `path` if it stays inside `root` after links are followed.

    Raises:
        LookalikeError: it does not.
    """
    if not is_inside(root, path):
        raise LookalikeError(
            f"{path}: leads out of the dataset folder {root}; copy what it points to into the folder "
            "(only the dataset folder itself may be a link)"
        )
    return path


def is_inside(root: Path, path: Path) -> bool:
    """Tell whether `path` stays inside `root` after links are followed."""
    home = os.path.realpath(root)
    return os.path.commonpath([home, os.path.realpath(path)]) == home


def is_storable(name: str, strictly: bool = True) -> bool:
    """Tell whether a table can hold a name: it is UTF-8 and, if `strictly`, holds no control characters."""
    return not any(unicodedata.category(character) in (("Cc", "Cs") if strictly else ("Cs",)) for character in name)


def _train_images(root: Path, ignored: Counter[str]) -> list[ImageFile]:
    folders = [root / name for name in _TRAIN_FOLDERS if (root / name).is_dir()]
    if len(folders) > 1:
        raise LookalikeError(f"{root}: holds both train/ and training/; keep one of them")
    files = []
    for folder in folders:
        for path in _image_files(root, folder, ignored):
            parts = path.relative_to(folder).parts
            if len(parts) == 1:
                ignored["outside an identity folder"] += 1
            else:
                files.append(ImageFile(path.relative_to(root).as_posix(), "train", parts[0]))
    return files


def _test_images(root: Path, split: str, ignored: Counter[str]) -> list[ImageFile]:
    folder = root / "test" / split
    if not folder.is_dir():
        there = sorted(path.name for path in root.iterdir() if path.is_dir())
        raise LookalikeError(f"{folder}: no such folder; expected test/query and test/gallery beside {there}")
    files = []
    depth, deeper = _TEST_DEPTH[split]
    for path in _image_files(root, folder, ignored):
        if len(path.relative_to(folder).parts) <= depth:
            files.append(ImageFile(path.relative_to(root).as_posix(), split))
        else:
            ignored[deeper] += 1
    return files


def _image_files(root: Path, folder: Path, ignored: Counter[str]) -> Iterator[Path]:
    """Yield the files with an image's suffix, counting every other entry in `ignored`."""
    for parent, folders, names in os.walk(inside(root, folder), onerror=_refuse):
        reasons = {name: _why_not_entered(Path(parent, name)) for name in folders}
        folders[:] = [name for name in folders if reasons[name] is None]
        files = [Path(parent, name) for name in names]
        reasons |= {path.name: _why_ignored(path) for path in files}
        ignored.update(reason for reason in reasons.values() if reason is not None)
        yield from (inside(root, _storable(path)) for path in files if reasons[path.name] is None)


def _why_not_entered(folder: Path) -> str | None:
    if folder.name.startswith("."):
        return "hidden folder"
    # A linked folder could hold its own parent.
    return "linked folder" if folder.is_symlink() else None


def _refuse(error: OSError) -> NoReturn:
    raise LookalikeError(f"{error.filename}: cannot be listed ({error.strerror}); mend its permissions") from error


def _why_ignored(path: Path) -> str | None:
    if path.name.startswith("."):
        return "hidden file"
    if path.suffix.lower() not in SUFFIXES:
        return f"{ascii(path.suffix.lower())[1:-1]} file" if path.suffix else "file without a suffix"
    # A dangling link stays: its row says that there is no such file.
    return "not a regular file" if path.exists() and not path.is_file() else None


def _storable(path: Path) -> Path:
    if not is_storable(str(path)):
        raise LookalikeError(f"{str(path)!a}: the name holds control characters or is not UTF-8; rename it")
    return path
