"""What in a dataset's folder would stop a run or make it wait for ever, found in one pass before anything is read.

DVC hashes every file of the folder before the first stage starts: it waits for a pipe without end, reads a device for
ever, passes over a folder that it cannot list, and ends at a link to nothing or a name that is not UTF-8.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from lookalike.catalog.layout import SUFFIXES, is_inside, is_storable

# Files of one kind that are named one by one.
_NAMED = 100


def find_obstacles(root: Path) -> list[str]:
    """Return a sentence for each obstacle under a folder, by kind and name: what is wrong, and what to do about it.

    Args:
        root: a dataset's folder, or a link to it. A folder that is not there holds none.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, told in _walk(root) if root.is_dir() else ():
        found[told].append(ascii(str(path))[1:-1])
    lines = []
    for told, names in sorted(found.items()):
        lines += [f"{name}: {told}" for name in sorted(names)[:_NAMED]]
        if len(names) > _NAMED:
            lines.append(f"{root}: {len(names) - _NAMED:,} more of these: {told}")
    return lines


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    unlisted: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unlisted.append):
        for name in folders + names:
            path = Path(parent, name)
            if told := _fault(folder, path):
                yield path, told
    for error in unlisted:
        yield Path(os.fsdecode(error.filename)), f"cannot be listed ({error.strerror}); mend its permissions"


def _fault(root: Path, path: Path) -> str | None:
    if not is_storable(path.name, path.suffix.lower() in SUFFIXES):
        return "the name holds control characters or is not UTF-8; rename it"
    linked = path.is_symlink()
    try:
        kind = path.stat().st_mode
    except OSError as error:
        if linked:
            return "a link to nothing; remove it, or restore what it points to"
        return f"cannot be looked at ({error.strerror}); mend its permissions"
    if stat.S_ISDIR(kind):
        return None
    if not stat.S_ISREG(kind):
        return f"a {'link to a ' if linked else ''}pipe, socket or device, no file; remove it"
    if linked and not is_inside(root, path):
        return "a link that leads out of the dataset folder; copy what it points to into the folder"
    return None if os.access(path, os.R_OK) else "cannot be read; mend its permissions"
