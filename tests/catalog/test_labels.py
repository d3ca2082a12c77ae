import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from lookalike.catalog.labels import prefix, read_label_file, read_test_labels
from lookalike.catalog.layout import ImageFile, list_images
from lookalike.kit.errors import LookalikeError
from lookalike.params.datasets import DatasetOptions

CSV = DatasetOptions(crop=True, labels="csv", precision_k=0, labels_file="truth.csv")
JSON = DatasetOptions(crop=True, labels="json", precision_k=0, labels_file="truth.json")
PREFIX = DatasetOptions(crop=True, labels="prefix", precision_k=0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def images(queries: Sequence[str], gallery: Sequence[str]) -> list[ImageFile]:
    return [
        *(ImageFile(f"test/query/{name}", "query") for name in queries),
        *(ImageFile(f"test/gallery/{name}", "gallery") for name in gallery),
        ImageFile("train/adele/real_1.jpg", "train", "adele"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pig_0001.jpg", "pig"),
        ("pigeon_0001.jpg", "pigeon"),
        ("guinea_pig_7.png", "guinea_pig"),
        ("blackdress_0423.jpg", "blackdress"),
        ("route_66_0001.jpg", "route_66"),
        ("v1.5_12.jpg", "v1.5"),
        ("pig.jpg", None),
        ("pig0001.jpg", None),
        ("pig_.jpg", None),
        ("pig_1a.jpg", None),
        ("_0001.jpg", None),
        ("pig_\u0661.jpg", None),
        ("0a1b2c3d.jpg", None),
    ],
)
def test_prefix_is_the_text_before_the_last_number(name: str, expected: str | None) -> None:
    assert prefix(name) == expected


def test_pig_is_not_pigeon() -> None:
    labels = read_test_labels(Path(), images(["pig_1.jpg"], ["pigeon_1.jpg", "pig_2.jpg"]), PREFIX)
    assert labels.label == {
        "test/query/pig_1.jpg": "pig",
        "test/gallery/pigeon_1.jpg": "pigeon",
        "test/gallery/pig_2.jpg": "pig",
    }
    assert labels.faults == {}


@pytest.mark.parametrize(
    ("folder", "expected"), [("ann", "ann"), ("ann_2", "ann"), ("st. john", "st. john"), ("v1.5_12", "v1.5")]
)
def test_the_name_of_a_folder_labels_its_photographs(folder: str, expected: str) -> None:
    names = [f"{folder}/1.jpg", f"{folder}/other_7.jpg"]
    labels = read_test_labels(Path(), images(names, ["ann_1.jpg"]), PREFIX)
    assert labels.label == {f"test/query/{name}": expected for name in names} | {"test/gallery/ann_1.jpg": "ann"}
    assert labels.faults == {}


def test_a_csv_labels_a_folder_by_its_name(root: Path) -> None:
    (root / "truth.csv").write_text("split,filename,identity\nquery,ann,a\nquery,bo,b\ngallery,x.jpg,a\n")
    labels = read_test_labels(root, images(["ann/1.jpg", "ann/2.jpg", "cy/1.jpg"], ["x.jpg"]), CSV)
    assert labels.label == {"test/query/ann/1.jpg": "a", "test/query/ann/2.jpg": "a", "test/gallery/x.jpg": "a"}
    assert labels.faults == {"label of a missing file": ["query/bo"], "no label": ["query/cy"]}
    listed, alone = read_label_file(root / "truth.csv")
    assert alone.label == {"test/query/ann": "a", "test/query/bo": "b", "test/gallery/x.jpg": "a"}
    assert [file.image_id for file in listed] == sorted(alone.label)


def test_a_mapping_may_name_folders(root: Path) -> None:
    (root / "truth.json").write_text(json.dumps({"ann": ["x.jpg"], "bo.jpg": ["y.jpg"]}))
    labels = read_test_labels(root, images(["ann/1.jpg", "bo.jpg"], ["x.jpg", "y.jpg"]), JSON)
    assert labels.label["test/query/ann/1.jpg"] == labels.label["test/gallery/x.jpg"] == "ann"
    assert labels.label["test/query/bo.jpg"] == labels.label["test/gallery/y.jpg"] == "bo.jpg"


def test_a_name_without_a_number_has_no_label_and_is_told() -> None:
    labels = read_test_labels(Path(), images(["pig.jpg"], ["pig_2.jpg"]), PREFIX)
    assert labels.label == {"test/gallery/pig_2.jpg": "pig"}
    assert labels.faults == {"no label": ["query/pig.jpg"]}


def test_a_competition_has_no_labels_and_no_fault() -> None:
    none = DatasetOptions(crop=True, labels="none", precision_k=0)
    labels = read_test_labels(Path(), images(["1a.jpg"], ["2b.jpg"]), none)
    assert (labels.label, labels.faults) == ({}, {})


def test_csv_tells_query_from_gallery_of_the_same_name(root: Path) -> None:
    rows = "split,filename,identity\nquery,a.jpg,adele\ngallery,a.jpg, björk \ntrain,a.jpg,cher\n"
    (root / "truth.csv").write_text(rows, encoding="utf-8-sig")
    labels = read_test_labels(root, images(["a.jpg"], ["a.jpg"]), CSV)
    assert labels.label == {"test/query/a.jpg": "adele", "test/gallery/a.jpg": "björk"}
    assert labels.faults == {}


def test_csv_columns_may_come_in_any_order_and_quoted(root: Path) -> None:
    (root / "truth.csv").write_text('note,identity,filename,split\r\nx,"Cher, S.",a.jpg,query\r\n')
    assert read_test_labels(root, images(["a.jpg"], []), CSV).label == {"test/query/a.jpg": "Cher, S."}


def test_csv_faults_are_named(root: Path) -> None:
    (root / "truth.csv").write_text(
        "split,filename,identity\n"
        "query,a.jpg,adele\nquery,a.jpg,cher\nquery,b.jpg,\ngallery,gone.jpg,adele\ngallery,c.jpg,cher\n"
        "gallery,c.jpg,cher\nquery\n"
    )
    labels = read_test_labels(root, images(["a.jpg", "b.jpg"], ["c.jpg", "d.jpg"]), CSV)
    assert labels.label == {"test/gallery/c.jpg": "cher"}
    assert labels.faults == {
        "conflicting labels": ["query/a.jpg"],
        "label of a missing file": ["gallery/gone.jpg", "query/"],
        "no label": ["gallery/d.jpg", "query/b.jpg"],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"split;filename;identity\nquery;a.jpg;x\n", "expected split,filename,identity"),
        (b"", "expected split,filename,identity"),
        (b"split,filename,identity\nquery,a.jpg,\xff\n", "not a CSV in UTF-8"),
    ],
)
def test_csv_of_another_form_is_refused(root: Path, content: bytes, message: str) -> None:
    (root / "truth.csv").write_bytes(content)
    with pytest.raises(LookalikeError, match=message):
        read_test_labels(root, images(["a.jpg"], []), CSV)


@pytest.mark.parametrize("options", [CSV, JSON])
def test_missing_label_file_is_named(root: Path, options: DatasetOptions) -> None:
    with pytest.raises(LookalikeError, match=f"{options.labels_file}: no such label file"):
        read_test_labels(root, images(["a.jpg"], []), options)


def test_label_file_outside_the_dataset_is_refused(root: Path) -> None:
    (root / "secret.csv").write_text("split,filename,identity\n")
    inner = root / "zoo"
    inner.mkdir()
    # A path that climbs is refused with params.yaml already; one that does not may be a link.
    with pytest.raises(ValueError, match="a path below its folder"):
        DatasetOptions(crop=True, labels="csv", precision_k=0, labels_file="../secret.csv")
    (inner / "labels.csv").symlink_to(root / "secret.csv")
    options = DatasetOptions(crop=True, labels="csv", precision_k=0, labels_file="labels.csv")
    with pytest.raises(LookalikeError, match="leads out of the dataset"):
        read_test_labels(inner, images(["a.jpg"], []), options)


def test_mapping_gives_a_query_and_its_gallery_one_label(root: Path) -> None:
    (root / "truth.json").write_text(json.dumps({"q2.jpg": ["g3.jpg"], "q1.jpg": ["g1.jpg", "g2.jpg"]}))
    labels = read_test_labels(root, images(["q1.jpg", "q2.jpg"], ["g1.jpg", "g2.jpg", "g3.jpg"]), JSON)
    assert labels.label == {
        "test/query/q1.jpg": "q1.jpg",
        "test/gallery/g1.jpg": "q1.jpg",
        "test/gallery/g2.jpg": "q1.jpg",
        "test/query/q2.jpg": "q2.jpg",
        "test/gallery/g3.jpg": "q2.jpg",
    }
    assert labels.faults == {}


def test_queries_that_share_a_gallery_image_share_a_label(root: Path) -> None:
    # q1 - g1 - q3 - g2 - q2 is one chain; q1 and q2 each list a part of it.
    mapping = {"q1.jpg": ["g1.jpg"], "q2.jpg": ["g2.jpg"], "q3.jpg": ["g1.jpg", "g2.jpg"], "q4.jpg": []}
    (root / "truth.json").write_text(json.dumps(mapping))
    files = images([*mapping], ["g1.jpg", "g2.jpg", "distractor.jpg"])
    labels = read_test_labels(root, files, JSON)
    assert set(labels.label.values()) == {"q1.jpg", "q4.jpg"}
    assert [name for name, label in labels.label.items() if label == "q4.jpg"] == ["test/query/q4.jpg"]
    assert labels.faults == {
        "mapping lists part of its group": ["query/q1.jpg", "query/q2.jpg"],
        "no label": ["gallery/distractor.jpg"],
    }


def test_mapping_does_not_depend_on_its_order(root: Path) -> None:
    mapping = {f"q{i}.jpg": [f"g{i}.jpg", f"g{(i * 7) % 10}.jpg"] for i in range(10)}
    files = images([*mapping], [f"g{i}.jpg" for i in range(10)])
    found = []
    for items in (list(mapping.items()), list(mapping.items())[::-1]):
        (root / "truth.json").write_text(json.dumps(dict(items)))
        found.append(read_test_labels(root, files, JSON))
    assert found[0].label == found[1].label
    assert found[0].faults == found[1].faults


@pytest.mark.parametrize("content", ["[]", '{"q.jpg": "g.jpg"}', '{"q.jpg": [1]}', "null"])
def test_mapping_of_another_form_is_refused(root: Path, content: str) -> None:
    (root / "truth.json").write_text(content)
    with pytest.raises(LookalikeError, match="expected {query file name"):
        read_test_labels(root, images(["q.jpg"], []), JSON)


def test_mapping_that_is_not_json_is_refused(root: Path) -> None:
    (root / "truth.json").write_text("{")
    with pytest.raises(LookalikeError, match="not valid JSON"):
        read_test_labels(root, images(["q.jpg"], []), JSON)


@pytest.mark.parametrize(("labels", "file"), [("csv", ""), ("json", ""), ("prefix", "a.csv"), ("none", "a.csv")])
def test_recipe_names_a_label_file_exactly_where_one_is_read(labels: str, file: str) -> None:
    with pytest.raises(ValidationError, match="labels_file"):
        DatasetOptions.model_validate({"crop": True, "precision_k": 0, "labels": labels, "labels_file": file})


def test_listed_files_and_labels_meet(zoo: Path, recipe: DatasetOptions) -> None:
    files = list_images(zoo).files
    labels = read_test_labels(zoo, files, recipe)
    assert set(labels.label) == {file.image_id for file in files if file.split != "train"}
