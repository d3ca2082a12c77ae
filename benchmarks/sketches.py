"""Sketches made from photographs: a style that no data set at hand has.

    python -m benchmarks.sketches FOLDER OUT [--each 3]

reads `FOLDER/<identity>/real_*` and writes `OUT/pencil/<identity>/…` (a colour dodge of the blurred negative, as in
photo editors) and `OUT/edges/<identity>/…` (the Sobel magnitude, dark on white).
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

SIDE = 400


def pencil(image: Image.Image) -> Image.Image:
    """Divide the grey image by its blurred negative: paper stays white, and outlines and shades remain."""
    gray = ImageOps.grayscale(image)
    negative = ImageOps.invert(gray).filter(ImageFilter.GaussianBlur(max(image.size) / 40))
    light, shade = (np.asarray(part, dtype=np.float64) for part in (gray, negative))
    return _drawn(light * 255 / np.maximum(255 - shade, 1))


def edges(image: Image.Image) -> Image.Image:
    """Draw the Sobel magnitude of the slightly blurred grey image."""
    gray = ImageOps.grayscale(image).filter(ImageFilter.GaussianBlur(1))
    p = np.pad(np.asarray(gray, dtype=np.float64), 1, mode="edge")
    across = (p[:-2, 2:] + 2 * p[1:-1, 2:] + p[2:, 2:]) - (p[:-2, :-2] + 2 * p[1:-1, :-2] + p[2:, :-2])
    down = (p[2:, :-2] + 2 * p[2:, 1:-1] + p[2:, 2:]) - (p[:-2, :-2] + 2 * p[:-2, 1:-1] + p[:-2, 2:])
    return _drawn(255 - np.hypot(across, down))


STYLES = {"pencil": pencil, "edges": edges}


def write(folder: Path, out: Path, each: int) -> None:
    """Write sketches of the first photographs of each identity."""
    for photo in (path for home in sorted(folder.iterdir()) for path in sorted(home.glob("real_*"))[:each]):
        with Image.open(photo) as file:
            image = ImageOps.exif_transpose(file).convert("RGB")
        image.thumbnail((SIDE, SIDE))
        for name, draw in STYLES.items():
            place = out / name / photo.parent.name / f"{photo.stem}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            draw(image).save(place, quality=90)


def _drawn(level: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(level, 0, 255).astype(np.uint8)).convert("RGB")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--each", type=int, default=3)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.out, arguments.each)


if __name__ == "__main__":
    main()
