"""Time to decode an image through Pillow, torchvision, OpenCV and `kit.images.decode`, and whether the pixels agree.

`for_faces` decodes at the scale that the face search needs (longer side at least 256), for which its pixels differ.

Run: python -m benchmarks.decode [FOLDER]    (a folder of images; by default images drawn from a seed)
"""

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_image

from lookalike.kit.images.decode import decode_bytes, scale_for

KINDS = {
    "JPEG 178x218": ("JPEG", (178, 218)),
    "JPEG 512x512": ("JPEG", (512, 512)),
    "JPEG 2000x1500": ("JPEG", (2000, 1500)),
    "JPEG 4000x3000": ("JPEG", (4000, 3000)),
    "PNG 512x512": ("PNG", (512, 512)),
}
PIXELS_A_KIND, MOST_IMAGES, REPEATS = 36_000_000, 24, 5
SIDE = 256


def pillow(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"))


def torchvision(data: bytes) -> np.ndarray:
    encoded = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    return decode_image(encoded, mode=ImageReadMode.RGB).permute(1, 2, 0).contiguous().numpy()


def opencv(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)


def lookalike(data: bytes) -> np.ndarray:
    return decode_bytes(data, "benchmark")


def for_faces(data: bytes) -> np.ndarray:
    return decode_bytes(data, "benchmark", scale_for(io.BytesIO(data), SIDE))


def drawn(encoding: str, size: tuple[int, int], rng: np.random.Generator) -> bytes:
    """Smooth shapes with some grain, which compress about as photographs do."""
    coarse = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), np.int16)
    grained = np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(grained).save(stream, encoding)
    return stream.getvalue()


def count(width: int, height: int) -> int:
    return min(PIXELS_A_KIND // (width * height), MOST_IMAGES)


def milliseconds(decoder: Callable[[bytes], np.ndarray], files: list[bytes]) -> float:
    """Best mean processor time an image over the repeats."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        for data in files:
            decoder(data)
        times.append(time.process_time() - start)
    return min(times) / len(files) * 1e3


def main() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        paths = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file())
        sets = {sys.argv[1]: [path.read_bytes() for path in paths[:300]]}
    else:
        rng = np.random.default_rng(0)
        sets = {name: [drawn(*kind, rng) for _ in range(count(*kind[1]))] for name, kind in KINDS.items()}
    for name, files in sets.items():
        print(f"{name}, {len(files)} images")
        for decoder in (pillow, torchvision, opencv, lookalike, for_faces):
            same = sum(np.array_equal(pillow(file), decoder(file)) for file in files)
            time_an_image = milliseconds(decoder, files)
            print(f"  {decoder.__name__:12} {time_an_image:7.2f} ms  same pixels as Pillow: {same}")


if __name__ == "__main__":
    main()
