import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.kit.errors import LookalikeError
from lookalike.report.browser import evenly
from lookalike.report.curves import read_cmc, read_histograms, read_history
from lookalike.report.headline import PUBLISHED, lead, marks
from lookalike.report.models import BeforeAfter, summarise_model
from lookalike.report.projection import principal_plane
from lookalike.report.styles import read_styles
from lookalike.report.thumbnails import make_thumbnails


def test_the_plane_is_that_of_the_singular_vectors() -> None:
    points = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32) * np.arange(1, 9)
    place, share = principal_plane(points)
    u, s, _ = np.linalg.svd(points.astype(float) - points.mean(axis=0, dtype=float), full_matrices=False)
    assert np.abs(place) == pytest.approx(np.abs(u[:, :2] * s[:2]), abs=1e-6)
    assert share == pytest.approx(s[:2] ** 2 / (s**2).sum())


def test_the_plane_does_not_flip_with_the_order_of_the_images() -> None:
    points = np.random.default_rng(1).normal(size=(30, 5)).astype(np.float32) * np.arange(1, 6)
    place, _ = principal_plane(points)
    reversed_place, _ = principal_plane(points[::-1])
    assert reversed_place[::-1] == pytest.approx(place, abs=1e-6)


@pytest.mark.parametrize(("count", "most", "kept"), [(0, 5, []), (3, 5, [0, 1, 2]), (9, 3, [0, 4, 8]), (4, 1, [0])])
def test_queries_are_thinned_out_evenly(count: int, most: int, kept: list[int]) -> None:
    assert evenly(count, most).tolist() == kept


def test_copies_share_a_thumbnail_and_broken_files_have_none(tmp_path: Path) -> None:
    for name, colour in (("a.png", "red"), ("b.png", "red"), ("c.png", "blue")):
        Image.new("RGB", (200, 100), colour).save(tmp_path / name)
    (tmp_path / "d.png").write_bytes(b"not an image")
    names = ["a.png", "b.png", "c.png", "d.png"]
    thumbnails = make_thumbnails(tmp_path, names, ["1", "1", "2", "3"], pixels=50, quality=60)
    assert thumbnails.index == {"a.png": 0, "b.png": 0, "c.png": 1}
    pictures = [Image.open(io.BytesIO(base64.b64decode(text))) for text in thumbnails.webp]
    assert [(p.format, p.size) for p in pictures] == [("WEBP", (50, 25))] * 2
    red, _, blue = pictures[1].convert("RGB").getpixel((25, 12))
    assert blue > 200 > 50 > red


def test_our_systems_stand_above_the_published_marks() -> None:
    rows = marks({"a": {"points": 10.0, "points_low": 5.0, "points_high": 15.0}, "b": {"points": 20.0}})
    assert [row.name for row in rows[:2]] == ["b", "a"]
    assert (rows[1].low, rows[1].high, rows[1].published) == (5.0, 15.0, False)
    assert {row.name: row.points for row in rows if row.published} == PUBLISHED
    assert [row.points for row in rows[2:]] == sorted(PUBLISHED.values(), reverse=True)


def test_the_page_opens_with_the_ensemble_or_else_the_best() -> None:
    assert lead(["sface", "ensemble"]) == "ensemble"
    assert lead(["sface", "dlib"]) == "sface"


def test_tables_are_read_by_system(tmp_path: Path) -> None:
    (tmp_path / "cmc.csv").write_text("system,k,rate\na,1,0.5\na,2,0.75\nb,1,0.25\n")
    (tmp_path / "scores.csv").write_text(
        "system,first_answer,score,count\na,right,0.1,2\na,wrong,0.1,0\na,right,0.2,1\n"
    )
    cmc, scores = read_cmc(tmp_path / "cmc.csv"), read_histograms(tmp_path / "scores.csv")
    assert (cmc["a"].x, cmc["a"].y, cmc["b"].y) == ([1, 2], [0.5, 0.75], [0.25])
    assert (scores["a"].centre.tolist(), scores["a"].right.tolist(), scores["a"].wrong.tolist()) == (
        [0.1, 0.2],
        [2, 1],
        [0, 0],
    )


def test_a_history_keeps_numbers_and_gaps(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("epoch,phase,loss,points\n1,warm,2.5,\n2,main,1.5,700\n")
    history = read_history(tmp_path / "m.csv")
    assert list(history) == ["epoch", "loss", "points"]
    assert history["points"] == pytest.approx((np.nan, 700), nan_ok=True)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match=r"cmc\.csv: no such file"):
        read_cmc(tmp_path / "cmc.csv")


def test_a_dataset_may_say_its_styles(tmp_path: Path) -> None:
    assert read_styles(tmp_path / "styles.csv") == {}
    (tmp_path / "styles.csv").write_text("image,style,by\ntest/gallery/a.jpg,oil,me\ntest/gallery/b.jpg,,me\n")
    assert read_styles(tmp_path / "styles.csv") == {"test/gallery/a.jpg": "oil"}


def test_a_table_of_something_else_is_not_taken_for_styles(tmp_path: Path) -> None:
    (tmp_path / "styles.csv").write_text("filename,identity\na.jpg,anna\n")
    with pytest.raises(LookalikeError, match=r"styles\.csv: columns .*expected image,style"):
        read_styles(tmp_path / "styles.csv")


def test_a_trained_model_shows_what_training_changed() -> None:
    outcome = {"recipe": "finetune", "kept": "trained", "epochs": 6, "best_epoch": 5}
    outcome |= {"frozen_points": 867, "best_points": 1000, "frozen_map": 0.5, "best_map": 0.75}
    found = summarise_model("m", {"dim": "8", "kept": "trained"}, outcome)
    assert (found.learns, found.kept, found.epochs) == ("finetune", "trained", (6, 5))
    assert (found.points, found.map) == (BeforeAfter(867, 1000), BeforeAfter(0.5, 0.75))


def test_a_frozen_model_shows_no_change() -> None:
    found = summarise_model("m", {"kept": "frozen"}, {"recipe": "frozen", "kept": "frozen"})
    assert (found.learns, found.kept, found.epochs, found.points, found.map) == ("frozen", "frozen", None, None, None)
