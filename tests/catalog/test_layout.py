import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lookalike.catalog.layout import ImageFile, list_images
from lookalike.kit.errors import LookalikeError

Paint = Callable[[str, int], Path]


def test_listing_is_sorted_by_id_and_knows_split_and_identity(zoo: Path) -> None:
    files = list_images(zoo).files
    assert files == (
        ImageFile("test/gallery/pig_0001.jpg", "gallery"),
        ImageFile("test/gallery/pig_0003.png", "gallery"),
        ImageFile("test/gallery/pigeon_0002.jpg", "gallery"),
        ImageFile("test/query/pig_0001.jpg", "query"),
        ImageFile("test/query/pigeon_0002.jpg", "query"),
        ImageFile("train/pig/real_01.jpg", "train", "pig"),
        ImageFile("train/pig/synthetic_01.png", "train", "pig"),
        ImageFile("train/pigeon/drawing_02.jpg", "train", "pigeon"),
        ImageFile("train/pigeon/real_02.jpg", "train", "pigeon"),
    )


def test_training_is_another_name_of_train(zoo: Path) -> None:
    (zoo / "train").rename(zoo / "training")
    ids = [file.image_id for file in list_images(zoo).files if file.split == "train"]
    assert ids[0] == "training/pig/real_01.jpg"
    assert len(ids) == 4


def test_both_training_folders_are_one_too_many(zoo: Path) -> None:
    (zoo / "training").mkdir()
    with pytest.raises(LookalikeError, match="both train/ and training/"):
        list_images(zoo)


def test_identity_is_the_first_folder_however_deep(zoo: Path, paint: Paint) -> None:
    paint("train/pig/2024/may/a.jpg", 50)
    found = {file.image_id: file.identity for file in list_images(zoo).files}
    assert found["train/pig/2024/may/a.jpg"] == "pig"


def test_a_dataset_without_training_images_is_listed(zoo: Path) -> None:
    (zoo / "train").rename(zoo / "elsewhere")
    assert {file.split for file in list_images(zoo).files} == {"query", "gallery"}


def test_other_entries_are_counted_by_reason(zoo: Path, paint: Paint) -> None:
    paint("train/loose.jpg", 51)
    paint("test/query/more/deeper/deep_01.jpg", 52)
    paint("test/gallery/more/deep_01.jpg", 55)
    paint("train/.cache/a.jpg", 53)
    for name in ("train/pig/.DS_Store", "test/query/Thumbs.db", "test/query/notes.TXT", "test/gallery/readme"):
        (zoo / name).write_bytes(b"x")
    paint("train/pig/a.jpg", 54).rename(zoo / "train/pig/._a.jpg")
    os.mkfifo(zoo / "train/pig/pipe.jpg")
    (zoo / "train/pig/again").symlink_to(zoo / "train/pigeon")
    listing = list_images(zoo)
    assert len(listing.files) == 9
    assert listing.ignored == {
        ".db file": 1,
        ".txt file": 1,
        "file without a suffix": 1,
        "hidden file": 2,
        "hidden folder": 1,
        "deeper than a folder of test/query": 1,
        "in a subfolder of test/gallery": 1,
        "linked folder": 1,
        "not a regular file": 1,
        "outside an identity folder": 1,
    }


def test_photographs_of_a_folder_of_queries_are_listed(zoo: Path, paint: Paint) -> None:
    paint("test/query/ann/1.jpg", 60)
    paint("test/query/ann/2.jpg", 61)
    listing = list_images(zoo)
    assert [file for file in listing.files if "ann" in file.image_id] == [
        ImageFile("test/query/ann/1.jpg", "query"),
        ImageFile("test/query/ann/2.jpg", "query"),
    ]
    assert listing.ignored == {}


def test_suffix_counts_in_any_case(zoo: Path, paint: Paint) -> None:
    paint("test/query/cow_01.jpg", 55).rename(zoo / "test/query/COW_01.JPEG")
    assert "test/query/COW_01.JPEG" in {file.image_id for file in list_images(zoo).files}


def test_missing_dataset_says_where_it_should_be(root: Path) -> None:
    with pytest.raises(LookalikeError, match=f"{root}: no such dataset folder; copy it there, or link it"):
        list_images(root)


@pytest.mark.parametrize("split", ["query", "gallery"])
def test_empty_or_missing_test_folder_is_an_error(zoo: Path, split: str) -> None:
    for path in (zoo / "test" / split).iterdir():
        path.unlink()
    with pytest.raises(LookalikeError, match=f"test/{split}: holds no images"):
        list_images(zoo)
    (zoo / "test" / split).rmdir()
    with pytest.raises(LookalikeError, match=rf"test/{split}: no such folder; .* beside \['test', 'train'\]"):
        list_images(zoo)


def test_the_root_itself_may_be_a_link(zoo: Path) -> None:
    link = zoo.with_name("linked")
    link.symlink_to(zoo)
    assert list_images(link) == list_images(zoo)


@pytest.mark.parametrize("place", ["train/pig/out.jpg", "test/query/out_01.jpg", "train"])
def test_a_link_out_of_the_dataset_is_refused(zoo: Path, paint: Paint, tmp_path: Path, place: str) -> None:
    outside = tmp_path / "secret"
    outside.mkdir()
    target = paint("train/pig/a.jpg", 56).rename(outside / "a.jpg")
    if place == "train":
        (zoo / "train").rename(outside / "train")
        target = outside / "train"
    (zoo / place).symlink_to(target)
    with pytest.raises(LookalikeError, match="leads out of the dataset folder"):
        list_images(zoo)


def test_a_sibling_with_the_same_beginning_is_outside(zoo: Path, tmp_path: Path) -> None:
    sibling = zoo.with_name("zoo-secret")
    sibling.mkdir()
    (sibling / "a.jpg").write_bytes(b"x")
    (zoo / "test/query/a_01.jpg").symlink_to("../../../zoo-secret/a.jpg")
    with pytest.raises(LookalikeError, match="leads out"):
        list_images(zoo)


def test_links_within_the_dataset_and_dangling_ones_are_listed(zoo: Path) -> None:
    (zoo / "test/query/same_01.jpg").symlink_to("pig_0001.jpg")
    (zoo / "test/query/lost_01.jpg").symlink_to("nothing.jpg")
    (zoo / "test/query/loop_01.jpg").symlink_to("loop_01.jpg")
    names = {file.name for file in list_images(zoo).files if file.split == "query"}
    assert names == {"pig_0001.jpg", "pigeon_0002.jpg", "same_01.jpg", "lost_01.jpg", "loop_01.jpg"}


@pytest.mark.parametrize("name", [b"two\nlines.jpg", b"latin\xe9.jpg", b"bell\x07.jpg"])
def test_a_name_that_no_table_can_hold_is_refused(zoo: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(zoo / "test/query") + b"/" + name)).write_bytes(b"x")
    with pytest.raises(LookalikeError, match="rename it") as caught:
        list_images(zoo)
    assert str(caught.value).isascii()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["Beyoncé_01.jpg", "猫_01.jpg", "a b (1), 'c'_01.jpg", "narrow\u202fspace_01.jpg"])
def test_other_names_are_welcome(zoo: Path, paint: Paint, name: str) -> None:
    paint(f"test/query/{name}", 57)
    assert name in {file.name for file in list_images(zoo).files}
