"""The dataset on disk: identity folders to train on, queries and gallery of other people to test on.

train/<identity>/{real,synthetic}_<32 hex>.jpg
test/query/<32 hex>.jpg         photographs
test/gallery/<32 hex>.jpg       renderings, all styles mixed
ground_truth.csv                split,filename,identity
styles.csv                      image,style: what each rendering imitates
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from lookalike.params.sample import SampleOptions
from lookalike.sample.family import member
from lookalike.sample.head import Head, model
from lookalike.sample.photograph import photograph
from lookalike.sample.rendering import render
from lookalike.sample.styles.table import STYLES

UNITS = 3.0  # a unit is modelled at a third of the picture's side: about what poses then magnify it to
PICTURES = 1  # keeps the generators of pictures apart from those of people


@dataclass(frozen=True)
class Picture:
    """One picture to draw: of whom, the how manyeth, in which style (None: a photograph), and where it goes."""

    identity: int
    index: int
    style: str | None
    folder: str
    name: str


def write_dataset(folder: Path, options: SampleOptions) -> None:
    """Draw the whole dataset into `folder`, which must not exist yet; the same options give the same bytes."""
    truth: list[tuple[str, str, int]] = []
    styles: list[tuple[str, str]] = []
    for identity in range(options.train_identities + options.test_identities):
        head = sitter(options, identity)
        for picture in pictures(options, identity):
            path = folder / picture.folder / picture.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(draw(head, picture, options))
            if picture.folder.startswith("test/"):
                truth.append((picture.folder.removeprefix("test/"), picture.name, identity))
            if picture.style is not None:
                styles.append((f"{picture.folder}/{picture.name}", picture.style))
    _write_table(folder / "ground_truth.csv", ("split", "filename", "identity"), sorted(truth))
    _write_table(folder / "styles.csv", ("image", "style"), sorted(styles))


def sitter(options: SampleOptions, identity: int) -> Head:
    """The head of one person of the dataset."""
    return model(member(options.seed, identity), options.image_size / UNITS)


def pictures(options: SampleOptions, identity: int) -> Iterator[Picture]:
    """Every picture of one person, photographs first; the renderings go through the styles in turn."""
    training = identity < options.train_identities
    real = options.train_photographs if training else options.queries
    synthetic = options.train_renderings if training else options.gallery
    styles = list(STYLES)
    for index in range(real + synthetic):
        style = None if index < real else styles[(identity + index - real) % len(styles)]
        code = hashlib.sha256(f"{options.seed}/{identity}/{index}".encode()).hexdigest()[:32]
        if training:
            name = f"{'real' if style is None else 'synthetic'}_{code}.jpg"
            yield Picture(identity, index, style, f"train/{identity}", name)
        else:
            yield Picture(identity, index, style, "test/query" if style is None else "test/gallery", f"{code}.jpg")


def draw(head: Head, picture: Picture, options: SampleOptions) -> bytes:
    """Draw one picture and encode it as JPEG."""
    rng = np.random.default_rng([options.seed, picture.identity, picture.index, PICTURES])
    quality = options.jpeg_quality
    if picture.style is None:
        image = photograph(head, rng, options.image_size)
        quality -= int(rng.integers(0, 16))
    else:
        image = render(head, picture.style, rng, options.image_size)
    _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()


def _write_table(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
