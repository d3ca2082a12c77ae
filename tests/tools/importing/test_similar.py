"""Near-duplicates: what was saved again is found, and nothing else."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookalike.params.load import load_params
from lookalike.sample.dataset import write_dataset
from lookalike.tools.importing import similar
from lookalike.tools.importing.similar import NEAR, hashes, near_duplicates
from lookalike.tools.importing.sources import Picture
from tests.tools.importing.conftest import ROOT


def of(*rows: tuple[str, str, str]) -> list[Picture]:
    return [Picture(source, label, "real", split) for source, label, split in rows]


def test_pairs_are_those_of_a_plain_comparison_of_all() -> None:
    rng = np.random.default_rng(0)
    centre = rng.integers(0, 2, (8, 256), dtype=np.uint8)
    # Few enough a centre that every near one is among the neighbours asked for.
    bits = np.repeat(centre, 5, axis=0) ^ (rng.random((40, 256)) < 0.1).astype(np.uint8)
    pictures = [
        Picture(f"{i:02}", f"p{rng.integers(3)}", "real", str(rng.choice(["train", "query"]))) for i in range(40)
    ]
    expected = {
        (a.source, b.source): (int((bits[i] != bits[j]).sum()), a.split != b.split)
        for (i, a), (j, b) in combinations(enumerate(pictures), 2)
        if (bits[i] != bits[j]).sum() <= NEAR and (a.split != b.split or a.label != b.label)
    }
    pairs = near_duplicates(pictures, np.packbits(bits, axis=1))
    assert len(expected) > 20
    assert {(p.first, p.second): (p.distance, p.across == "splits") for p in pairs} == expected
    assert [p.distance for p in pairs] == sorted(p.distance for p in pairs)


def test_equal_pictures_by_the_thousand_do_not_pair_without_end() -> None:
    pictures = of(*((f"{i:05}", f"p{i}", "train") for i in range(3000)))
    assert len(near_duplicates(pictures, np.zeros((3000, 32), np.uint8))) == similar.MOST


def test_pictures_of_one_label_in_one_split_are_nobodys_concern() -> None:
    same = np.zeros((2, 32), np.uint8)
    assert near_duplicates(of(("a", "p", "train"), ("b", "p", "train")), same) == []
    assert near_duplicates(of(("a", "p", "train"), ("b", "q", "train")), same)[0].across == "identities"
    assert near_duplicates(of(("a", "p", "train"), ("b", "p", "query")), same)[0].across == "splits"


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn sample in small: faces before walls, which resemble each other as portraits do."""
    few = {"train_identities": 4, "test_identities": 1, "train_photographs": 2, "train_renderings": 2}
    folder = tmp_path_factory.mktemp("portraits") / "sample"
    write_dataset(folder, load_params(ROOT / "params.yaml").sample.model_copy(update=few))
    return folder


def test_what_was_saved_again_is_found_and_other_portraits_are_not(portraits: Path) -> None:
    originals = [
        Picture(str(path.relative_to(portraits)), path.parent.name, "real", "train")
        for path in sorted(portraits.rglob("train/*/*.jpg"))
    ]
    changed = []
    for picture in originals:
        pixels = cv2.imread(str(portraits / picture.source))
        half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        cropped = pixels[4:-4, 4:-4]
        for name, copy in (("half", half), ("cropped", cropped)):
            again = replace(picture, source=f"{picture.source}.{name}.jpg", split="query")
            cv2.imwrite(str(portraits / again.source), copy, [cv2.IMWRITE_JPEG_QUALITY, 60])
            changed.append(again)
    pictures = originals + changed
    pairs = near_duplicates(pictures, hashes(portraits, [picture.source for picture in pictures]))
    assert {(pair.first, pair.second) for pair in pairs} == {
        (original.source, f"{original.source}.{name}.jpg") for original in originals for name in ("half", "cropped")
    }
