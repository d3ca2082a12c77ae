"""The folder that is written: layout, ground truth, names, bytes."""

import csv
import hashlib
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from lookalike.params.sample import SampleOptions
from lookalike.sample.dataset import draw, pictures, sitter, write_dataset
from lookalike.sample.styles.table import STYLES

TINY = SampleOptions(
    seed=3,
    train_identities=2,
    test_identities=2,
    train_photographs=1,
    train_renderings=2,
    queries=2,
    gallery=3,
    image_size=96,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample"
    write_dataset(path, TINY)
    return path


def files(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_layout_is_the_competitions(folder: Path) -> None:
    names = list(files(folder))
    patterns = {
        r"train/[01]/real_[0-9a-f]{32}\.jpg": 2 * 1,
        r"train/[01]/synthetic_[0-9a-f]{32}\.jpg": 2 * 2,
        r"test/query/[0-9a-f]{32}\.jpg": 2 * 2,
        r"test/gallery/[0-9a-f]{32}\.jpg": 2 * 3,
        r"ground_truth\.csv": 1,
        r"styles\.csv": 1,
    }
    counts = {pattern: sum(bool(re.fullmatch(pattern, name)) for name in names) for pattern in patterns}
    assert counts == patterns
    assert len(names) == sum(patterns.values())


def test_ground_truth_names_every_test_image_once(folder: Path) -> None:
    with (folder / "ground_truth.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["split", "filename", "identity"]
    listed = sorted(f"test/{row['split']}/{row['filename']}" for row in rows)
    assert listed == [name for name in files(folder) if name.startswith("test/")]
    per_person = {
        (split, identity): sum(row["split"] == split and row["identity"] == identity for row in rows)
        for split in ("query", "gallery")
        for identity in ("2", "3")
    }
    assert per_person == {("query", "2"): 2, ("query", "3"): 2, ("gallery", "2"): 3, ("gallery", "3"): 3}


def test_styles_name_every_rendering_once_and_no_photograph(folder: Path) -> None:
    with (folder / "styles.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    renderings = [name for name in files(folder) if "/synthetic_" in name or name.startswith("test/gallery/")]
    assert sorted(row["image"] for row in rows) == renderings
    assert {row["style"] for row in rows} <= set(STYLES)


def test_every_image_is_an_rgb_jpeg_of_the_asked_size(folder: Path) -> None:
    for path in folder.rglob("*.jpg"):
        with Image.open(path) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (96, 96)), path


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_dataset(tmp_path / "again", TINY)
    assert files(tmp_path / "again") == files(folder)


def test_bytes_do_not_depend_on_opencv_threads(folder: Path) -> None:
    threads, head = cv2.getNumThreads(), sitter(TINY, 0)
    try:
        cv2.setNumThreads(3)
        for picture in pictures(TINY, 0):
            assert draw(head, picture, TINY) == (folder / picture.folder / picture.name).read_bytes(), picture
    finally:
        cv2.setNumThreads(threads)


def test_another_seed_shares_no_picture_and_no_name(folder: Path, tmp_path: Path) -> None:
    write_dataset(tmp_path / "other", TINY.model_copy(update={"seed": 4}))
    mine, theirs = files(folder), files(tmp_path / "other")
    assert set(mine) & set(theirs) == {"ground_truth.csv", "styles.csv"}
    assert not set(mine.values()) & set(theirs.values())


def test_names_do_not_betray_identity_or_order() -> None:
    many = SampleOptions(train_identities=1, test_identities=40, queries=4, gallery=4)
    drawn = [picture for person in range(1, 41) for picture in pictures(many, person) if picture.style is None]
    by_name = [picture.identity for picture in sorted(drawn, key=lambda picture: picture.name)]
    assert abs(np.corrcoef(by_name, np.arange(len(by_name)))[0, 1]) < 0.2


def test_every_style_is_in_the_gallery_and_in_training() -> None:
    options = SampleOptions()
    people = range(options.train_identities + options.test_identities)
    used = {(picture.folder.split("/")[0], picture.style) for person in people for picture in pictures(options, person)}
    expected = [None, *STYLES]
    assert used == {(split, style) for split in ("train", "test") for style in expected}
