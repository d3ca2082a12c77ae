"""Whom pictures show, as folders, names and CSVs tell it."""

from pathlib import Path

import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.tools.importing.sources import Picture, by_csv, by_folder, by_pattern, find_pictures
from tests.tools.importing.conftest import Draw

GLOBS = "real_*", "synthetic_*"


@pytest.mark.parametrize(
    ("name", "label", "domain"),
    [
        ("anna/real_1.png", "anna", "real"),
        ("anna/synthetic_1.png", "anna", "synthetic"),
        ("anna/IMG_1.png", "anna", "unknown"),
        ("anna/deep/er/real_1.png", "anna", "real"),
        ("real/anna/x.png", "anna", "real"),
        ("Synthetic/anna/deep/x.png", "anna", "synthetic"),
        ("anna/synthetic/x.png", "anna", "synthetic"),
        ("anna/synthetic/real_1.png", "anna", "synthetic"),
    ],
)
def test_folders_tell_the_identity_and_folders_or_names_the_domain(name: str, label: str, domain: str) -> None:
    assert by_folder(*GLOBS)(name) == Picture(name, label, domain)


@pytest.mark.parametrize("name", ["x.png", "real/x.png"])
def test_a_picture_in_no_identity_folder_is_named(name: str) -> None:
    assert by_folder(*GLOBS)(name) == "outside an identity folder"


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("{label}_{n}", "blackdress_0423.jpg", ("blackdress", "unknown", "")),
        ("{label}_{n}", "deep/tom_hanks_12.jpg", ("tom_hanks", "unknown", "")),
        ("{label}_{domain}_{n}", "pig_real_1.jpg", ("pig", "real", "")),
        ("{split}/{label}/{any}", "query/pig/whatever.jpg", ("pig", "unknown", "query")),
        (r"(?P<label>[a-z]{3})(?P<n>\d{2})", "pig07.jpg", ("pig", "unknown", "")),
        ("{label} ({n})", "black swan (3).jpg", ("black swan", "unknown", "")),
    ],
)
def test_patterns_read_names(pattern: str, name: str, expected: tuple[str, str, str]) -> None:
    assert by_pattern(pattern, *GLOBS)(name) == Picture(name, *expected)


@pytest.mark.parametrize(
    ("pattern", "name"), [("{label}_{n}", "pig.jpg"), ("{label}_{n}", "pig_a.jpg"), ("{label}/{n}", "1.jpg")]
)
def test_a_name_that_does_not_fit_is_left_out(pattern: str, name: str) -> None:
    assert by_pattern(pattern, *GLOBS)(name) == "its name does not fit the pattern"


@pytest.mark.parametrize(("pattern", "said"), [("{n}", "names no label"), ("(?P<label>", "--pattern")])
def test_a_pattern_that_says_nobody_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(LookalikeError, match=said):
        by_pattern(pattern, *GLOBS)


def test_a_csv_tells_label_domain_and_split(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "image,label,domain,split\n./a/1.png, anna ,Real,query\na/2.png,anna,,train\n", encoding="utf-8-sig"
    )
    read = by_csv(table, *GLOBS)
    assert read("a/1.png") == Picture("a/1.png", "anna", "real", "query")
    assert read("a/2.png") == Picture("a/2.png", "anna", "unknown", "train")
    assert read("a/3.png") == "not in the CSV"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,label\n", "expected image,label"),
        ("image,label\na.png,anna\na.png,bert\n", "line 3: 'a.png' stands there twice"),
        ("image,label,domain\na.png,anna,drawn\n", "line 2: domain 'drawn'"),
        ("image,label,split\na.png,anna,test2\n", "line 2: split 'test2'"),
    ],
)
def test_faults_of_a_csv_are_told_with_their_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(LookalikeError, match=said):
        by_csv(tmp_path / "t.csv", *GLOBS)


def test_a_csv_that_is_not_there_or_no_text_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"image,label\n\xff\xfe,a\n")
    for name, said in (("y.csv", "no such file"), ("x.csv", "not a CSV in UTF-8")):
        with pytest.raises(LookalikeError, match=said):
            by_csv(tmp_path / name, *GLOBS)


@pytest.mark.parametrize("label", ["..", ".hidden", "a/b", "a\\b", "a\tb", "x" * 201, "\ud800"])
def test_labels_that_could_leave_their_folder_are_refused(label: str, draw: Draw) -> None:
    folder = draw("a.png")
    with pytest.raises(LookalikeError, match="1 labels cannot be names of folders"):
        find_pictures(folder, lambda name: Picture(name, label))


def test_hostile_entries_of_a_folder_are_named_and_never_followed(draw: Draw, tmp_path: Path) -> None:
    folder = draw("anna/1.png", "anna/real_\x01.png")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/s.png").write_bytes((folder / "anna/1.png").read_bytes())
    (folder / "anna/out.png").symlink_to(tmp_path / "secret/s.png")
    (folder / "bert").symlink_to(tmp_path / "secret")
    found = find_pictures(folder, by_folder(*GLOBS))
    assert [picture.source for picture in found.pictures] == ["anna/1.png"]
    assert found.left_out == {
        "anna/out.png": "a link that leads out of the folder",
        "anna/real_\\x01.png": "the name holds control characters or is not UTF-8",
        "bert": "linked folder",
    }


def test_a_folder_that_tells_nobody_is_refused(draw: Draw) -> None:
    with pytest.raises(LookalikeError, match="no image tells whom it shows .outside an identity folder"):
        find_pictures(draw("1.png"), by_folder(*GLOBS))
