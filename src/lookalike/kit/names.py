"""Names that become part of a path, of a shell command of dvc.yaml, or of the name of a stage."""

import difflib
import re
from collections.abc import Iterable

_NAME = re.compile(r"[a-z0-9_]{1,64}")


def checked_name(text: str) -> str:
    """Return a name that is safe in all of these places.

    Raises:
        ValueError: it is not.
    """
    if not _NAME.fullmatch(text):
        raise ValueError("a name is made of a-z, 0-9 and _, 64 characters at most")
    return text


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that another was probably meant to be; None where none is like it."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)), None)
