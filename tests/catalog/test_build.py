import contextlib
import dataclasses
import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from lookalike.catalog.build import build_catalog
from lookalike.catalog.summary import EXAMPLES, summarise
from lookalike.catalog.table import Catalog
from lookalike.kit.files import write_json
from lookalike.params.datasets import DatasetOptions

Paint = Callable[[str, int], Path]


def row(catalog: Catalog, image_id: str) -> dict[str, object]:
    index = list(catalog.image_id).index(image_id)
    return {field.name: getattr(catalog, field.name)[index] for field in dataclasses.fields(catalog)}


def test_a_row_holds_what_the_file_holds(zoo: Path, recipe: DatasetOptions) -> None:
    catalog = build_catalog(zoo, recipe).catalog
    assert row(catalog, "train/pig/real_01.jpg") == {
        "image_id": "train/pig/real_01.jpg",
        "split": "train",
        "domain": "real",
        "label": "pig",
        "width": 8,
        "height": 6,
        "sha256": hashlib.sha256((zoo / "train/pig/real_01.jpg").read_bytes()).hexdigest(),
        "status": "ok",
    }
    assert len(catalog) == 9
    assert catalog.ok.all()


def test_domains_come_from_split_and_name(zoo: Path, recipe: DatasetOptions) -> None:
    catalog = build_catalog(zoo, recipe).catalog
    assert set(catalog.domain[catalog.split == "query"]) == {"real"}
    assert set(catalog.domain[catalog.split == "gallery"]) == {"synthetic"}
    assert row(catalog, "train/pig/synthetic_01.png")["domain"] == "synthetic"
    assert row(catalog, "train/pigeon/drawing_02.jpg")["domain"] == "unknown"


@pytest.mark.parametrize(("real", "synthetic"), [("", ""), ("*_01.jpg", "real_*")])
def test_domain_is_unknown_without_a_pattern_or_with_two(
    zoo: Path, recipe: DatasetOptions, real: str, synthetic: str
) -> None:
    options = recipe.model_copy(update={"real_pattern": real, "synthetic_pattern": synthetic})
    assert row(build_catalog(zoo, options).catalog, "train/pig/real_01.jpg")["domain"] == "unknown"


def test_competition_has_integer_folders_and_no_test_labels(root: Path, paint: Paint) -> None:
    for seed, name in enumerate(("train/7/a.jpg", "train/12/b.jpg", "test/query/1a.jpg", "test/gallery/2b.jpg")):
        paint(name, seed)
    report = build_catalog(root, DatasetOptions(crop=True, labels="none", precision_k=0))
    assert list(report.catalog.label) == [None, None, "12", "7"]
    assert report.faults == {}
    assert summarise(report)["splits"]["query"]["unlabelled"] == 1


def test_unreadable_images_stay_as_rows_with_a_reason(zoo: Path, paint: Paint, recipe: DatasetOptions) -> None:
    queries = zoo / "test/query"
    (queries / "empty_01.jpg").touch()
    (queries / "text_01.jpg").write_text("not a picture")
    (queries / "lost_01.jpg").symlink_to("nowhere.jpg")
    noise = paint("test/query/cut_01.png", 60)
    noise.write_bytes(noise.read_bytes()[:-60])
    report = build_catalog(zoo, recipe)
    statuses = {name: row(report.catalog, f"test/query/{name}")["status"] for name in ("empty_01.jpg", "text_01.jpg")}
    assert statuses == {"empty_01.jpg": "empty file", "text_01.jpg": "not an image"}
    cut, lost = (row(report.catalog, f"test/query/{name}") for name in ("cut_01.png", "lost_01.jpg"))
    assert (cut["status"], cut["width"], cut["label"], len(str(cut["sha256"]))) == ("truncated", 0, "cut", 64)
    assert (lost["status"], lost["sha256"]) == ("no such file", "")
    summary = summarise(report)
    assert (summary["images"], summary["ok"]) == (13, 9)
    assert summary["faults"]["unreadable: truncated"] == {"count": 1, "examples": ["test/query/cut_01.png"]}


def test_a_turned_photograph_has_its_upright_size(zoo: Path, recipe: DatasetOptions) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.new("RGB", (30, 10)).save(zoo / "test/query/tall_01.jpg", exif=tags)
    tall = row(build_catalog(zoo, recipe).catalog, "test/query/tall_01.jpg")
    assert (tall["width"], tall["height"]) == (10, 30)


def test_animations_are_counted(zoo: Path, recipe: DatasetOptions) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(zoo / "test/query/film_01.gif", save_all=True, append_images=frames[1:])
    report = build_catalog(zoo, recipe)
    assert report.animated == 1
    assert row(report.catalog, "test/query/film_01.gif")["status"] == "ok"


def cut_gif(path: Path) -> None:
    """Two frames, of which the second is cut in its header."""
    frames = [Image.effect_noise((30, 20), 50 + shade).convert("P") for shade in range(2)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    whole = path.read_bytes()
    for length in range(len(whole) // 3, len(whole)):
        path.write_bytes(whole[:length])
        with contextlib.suppress(EOFError, OSError), Image.open(path) as image:
            try:
                _ = image.is_animated
            except (IndexError, struct.error):
                return
    raise AssertionError("no length makes Pillow fail")


def test_a_damaged_file_is_a_row_whatever_its_decoder_raises(zoo: Path, recipe: DatasetOptions) -> None:
    cut_gif(zoo / "test/query/film_01.gif")
    report = build_catalog(zoo, recipe)
    assert row(report.catalog, "test/query/film_01.gif")["status"] == "corrupt"
    assert (len(report.catalog), report.catalog.ok.sum()) == (10, 9)


@pytest.mark.parametrize("partial", ["refuse", "accept"])
def test_an_image_that_lost_its_end_is_told_as_the_recipe_wishes(
    zoo: Path, paint: Paint, recipe: DatasetOptions, partial: Literal["refuse", "accept"]
) -> None:
    png = paint("test/query/half_01.png", 61)
    png.write_bytes(png.read_bytes()[:-8] + bytes(8))
    report = build_catalog(zoo, recipe.model_copy(update={"partial": partial}))
    half, faults = row(report.catalog, "test/query/half_01.png"), summarise(report)["faults"]
    told = {"count": 1, "examples": ["test/query/half_01.png"]}
    if partial == "refuse":
        assert (half["status"], half["width"], len(str(half["sha256"]))) == ("partial", 0, 64)
        assert faults == {"unreadable: partial": told}
    else:
        assert (half["status"], half["width"]) == ("ok", 8)
        assert faults == {"partial, accepted": told}


def test_what_decoders_say_is_told_with_the_name_of_the_file(
    zoo: Path, paint: Paint, recipe: DatasetOptions, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = paint("test/query/loud_01.jpg", 62)
    data = whole.read_bytes()
    scan = data.index(b"\xff\xda")
    whole.write_bytes(data[: scan + 40] + b"\xff\xd9")
    assert row(build_catalog(zoo, recipe).catalog, "test/query/loud_01.jpg")["status"] == "partial"
    assert [line for line in capfd.readouterr().err.splitlines() if "orrupt JPEG" in line] == [
        f"lookalike: {whole}: Corrupt JPEG data: premature end of data segment"
    ]


def test_copies_are_kept_counted_and_told_where_they_leak(zoo: Path, paint: Paint, recipe: DatasetOptions) -> None:
    paint("train/pig/harmless.jpg", 0)  # the bytes of train/pig/real_01.jpg
    paint("train/pig/real_twice.jpg", 70)
    paint("train/pigeon/real_twice.jpg", 70)
    paint("train/pig/real_leak.jpg", 71)
    paint("test/gallery/pig_71.jpg", 71)
    paint("test/gallery/pig_72.jpg", 72)
    paint("test/query/pig_72.jpg", 72)
    for name in ("test/query/a_1.jpg", "test/gallery/a_1.jpg", "train/pig/a.jpg"):
        (zoo / name).touch()  # the same bytes, none
    report = build_catalog(zoo, recipe)
    assert report.copies == 4
    assert report.faults == {
        "one image under several identities": ["train/pig/real_twice.jpg = train/pigeon/real_twice.jpg"],
        "one image in train and test": ["test/gallery/pig_71.jpg = train/pig/real_leak.jpg"],
        "one image in query and gallery": ["test/gallery/pig_72.jpg = test/query/pig_72.jpg"],
    }


def test_summary_counts_every_split_and_is_json(zoo: Path, paint: Paint, recipe: DatasetOptions) -> None:
    for number in range(EXAMPLES + 2):
        (zoo / f"test/query/empty_{number}.jpg").touch()
    paint("test/gallery/nameless.jpg", 80)
    (zoo / "train/pig/.DS_Store").touch()
    summary = summarise(build_catalog(zoo, recipe))
    write_json(zoo.parent / "catalog.json", summary)
    assert json.loads((zoo.parent / "catalog.json").read_text()) == summary
    assert summary["splits"]["train"] == {
        "images": 4,
        "ok": 4,
        "identities": 2,
        "unlabelled": 0,
        "domains": {"real": 2, "synthetic": 1, "unknown": 1},
    }
    assert summary["splits"]["gallery"]["unlabelled"] == 1
    assert summary["splits"]["query"]["images"] - summary["splits"]["query"]["ok"] == EXAMPLES + 2
    fault = summary["faults"]["unreadable: empty file"]
    assert (fault["count"], len(fault["examples"])) == (EXAMPLES + 2, EXAMPLES)
    assert summary["ignored"] == {"hidden file": 1}


def test_workers_and_listing_order_change_no_byte(
    zoo: Path, paint: Paint, recipe: DatasetOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(40):
        paint(f"train/herd/real_{seed}.webp", 100 + seed)
    (zoo / "test/query/empty_1.jpg").touch()
    written = []
    for workers in ("1", "2", "7"):
        monkeypatch.setenv("LOOKALIKE_WORKERS", workers)
        report = build_catalog(zoo, recipe)
        report.catalog.write(zoo.parent / f"{workers}.parquet")
        written.append((zoo.parent / f"{workers}.parquet").read_bytes())
    assert written[0] == written[1] == written[2]
    read = Catalog.read(zoo.parent / "1.parquet")
    np.testing.assert_array_equal(read.image_id, report.catalog.image_id)
    np.testing.assert_array_equal(read.label, report.catalog.label)


def test_building_a_catalogue_needs_no_torch() -> None:
    code = "import sys, lookalike.catalog.build; print({'torch', 'pandas', 'scipy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
