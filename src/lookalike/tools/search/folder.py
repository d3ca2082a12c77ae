"""The image files of any folder, at any depth."""

import os
from dataclasses import dataclass
from pathlib import Path

from lookalike.catalog.layout import SUFFIXES, inside, is_storable
from lookalike.kit.errors import LookalikeError


@dataclass(frozen=True)
class FolderImages:
    """The image files of a folder.

    Attributes:
        image_id: paths relative to the folder, with forward slashes, sorted.
        refused: name -> why it is left out, though it may be an image.
    """

    image_id: tuple[str, ...]
    refused: dict[str, str]


def list_folder(folder: Path) -> FolderImages:
    """List a folder and those below it; hidden entries and linked folders are passed over, nothing is opened.

    Raises:
        LookalikeError: there is no such folder, or it holds no image file.
    """
    if not folder.is_dir():
        raise LookalikeError(f"{folder}: no such folder; expected a folder of images ({'/'.join(SUFFIXES)})")
    found: list[str] = []
    refused: dict[str, str] = {}

    def refuse(error: OSError) -> None:
        refused[ascii(os.path.relpath(error.filename, folder))] = f"cannot be listed ({error.strerror})"

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(parent, name) for name in names if _may_be_an_image(name)):
            name = path.relative_to(folder).as_posix()
            if reason := _why_refused(folder, path):
                refused[ascii(name)] = reason
            else:
                found.append(name)
    if not found:
        raise LookalikeError(f"{folder}: holds no images ({'/'.join(SUFFIXES)}); nothing to search")
    return FolderImages(tuple(sorted(found)), dict(sorted(refused.items())))


def _may_be_an_image(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES


def _why_refused(folder: Path, path: Path) -> str | None:
    if not is_storable(str(path.relative_to(folder))):
        return "the name holds control characters or is not UTF-8"
    if path.exists() and not path.is_file():
        return "not a regular file"
    try:
        # A page that shows the gallery would hand out whatever a link points to.
        inside(folder, path)
    except LookalikeError:
        return "a link that leads out of the folder"
    return None
