"""In which style an image was drawn, where the dataset says so: `styles.csv` in its folder."""

import csv
from pathlib import Path

from lookalike.kit.errors import LookalikeError

COLUMNS = ("image", "style")


def read_styles(path: Path) -> dict[str, str]:
    """Return image id -> style from a CSV with the columns `image` (path in the dataset's folder) and `style`.

    The report alone reads it; nothing that ranks or fuses may. A dataset without the file has no styles.

    Raises:
        LookalikeError: the file has other columns, or is not text.
    """
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if not set(COLUMNS) <= set(rows.fieldnames or ()):
                raise LookalikeError(f"{path}: columns {rows.fieldnames}; expected {','.join(COLUMNS)}")
            return {row["image"]: row["style"] for row in rows if row["style"]}
    except UnicodeDecodeError as error:
        raise LookalikeError(f"{path}: not UTF-8 text ({error}); save it as UTF-8") from error
