"""The picture in the README: people of the sample, photographs left and renderings right. `dvc repro sample` first.

python -m benchmarks.contact_sheet
"""

from pathlib import Path

import cv2
import numpy as np

from lookalike.kit.files import atomic_path
from lookalike.run.layout import Layout

TRAIN = Layout().images("sample") / "train"
SHEET = Path("docs/images/sample.webp")
PEOPLE = ("1", "4", "9", "12", "20", "27")
SIDE = 140


def row(person: str) -> np.ndarray:
    files = [*sorted((TRAIN / person).glob("real_*"))[:4], *sorted((TRAIN / person).glob("synthetic_*"))[:6]]
    pictures = [cv2.imread(str(file)) for file in files]
    return np.hstack([cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for picture in pictures])


def main() -> None:
    sheet = np.vstack([row(person) for person in PEOPLE])
    ok, encoded = cv2.imencode(".webp", sheet, [cv2.IMWRITE_WEBP_QUALITY, 80])
    assert ok
    with atomic_path(SHEET) as temporary:
        temporary.write_bytes(encoded.tobytes())


if __name__ == "__main__":
    main()
