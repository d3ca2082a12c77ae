"""The two commands as a person meets them."""

import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from lookalike.cli import app
from lookalike.kit.digests import read_checked_json, write_checked_json
from tests.tools.search.test_searcher import queries

RUNNER = CliRunner()
HOSTILE = "<img src=x onerror=alert(1)>&[bold].jpg"


def test_index_tells_what_changed(project: Path, folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"")
    result = RUNNER.invoke(app, ["index", str(folder)])
    assert result.exit_code == 0
    assert f"{folder}: 6 new, 0 unchanged, 0 removed, 1 unreadable" in result.stdout
    assert "unreadable: broken.png: empty file" in result.stderr
    (folder / "1.jpg").unlink()
    assert ": 0 new, 5 unchanged, 1 removed, 1 unreadable" in RUNNER.invoke(app, ["index", str(folder)]).stdout


def test_query_prints_a_table_of_the_ensemble(project: Path) -> None:
    result = RUNNER.invoke(app, ["query", str(queries(project)[0]), "--top", "3"])
    assert result.exit_code == 0
    assert "ensemble" in result.stdout
    assert result.stdout.count("test/gallery/") == 3


def test_query_prints_json(project: Path, folder: Path) -> None:
    (folder / HOSTILE).write_bytes((folder / "0.jpg").read_bytes())
    arguments = ["query", str(folder / "0.jpg"), "--gallery", str(folder), "--model", "sface", "--top", "7", "--json"]
    answer = json.loads(RUNNER.invoke(app, arguments).stdout)
    assert set(answer) == {"photo", "system", "width", "height", "face", "refused", "unknown", "matches"}
    assert (answer["system"], answer["width"], answer["height"]) == ("sface", 128, 128)
    assert set(answer["face"]) == {"box", "landmarks", "detector"}
    path = {match["image_id"]: match["path"] for match in answer["matches"]}
    assert set(path) == {"0.jpg", "1.jpg", "2.jpg", "3.jpg", "more/4.jpg", "more/5.jpg", HOSTILE}
    assert path[HOSTILE] == str(folder / HOSTILE)
    assert set(answer["matches"][0]) == {"rank", "image_id", "path", "score", "probability", "interval"}
    assert [match["rank"] for match in answer["matches"]] == [1, 2, 3, 4, 5, 6, 7]


def test_a_page_shows_a_hostile_name_as_a_name(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url))
    shutil.copy(folder / "0.jpg", folder / HOSTILE)
    photo = folder.parent / HOSTILE
    shutil.copy(folder / "1.jpg", photo)
    arguments = ["query", str(photo), "--gallery", str(folder), "--model", "sface", "--open"]
    assert RUNNER.invoke(app, arguments).exit_code == 0
    pages = list((project / "reports/query").iterdir())
    assert opened == [page.as_uri() for page in pages] and len(pages) == 1
    html = pages[0].read_text()
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;&amp;[bold].jpg") >= 3
    assert "http://" not in html and "https://" not in html
    assert html.count("data:image/webp;base64,") == 8
    assert "<rect" in html


def asked(*arguments: str) -> list | dict:
    result = RUNNER.invoke(app, ["query", *arguments, "--json"])
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def group_of(photos: list[Path], target: Path) -> Path:
    """Write photographs side by side, the second one larger."""
    first, second = (cv2.imread(str(photo)) for photo in photos)
    second = cv2.resize(second, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    image = np.zeros((len(second), len(first) + len(second), 3), np.uint8)
    image[: len(first), : len(first)] = first
    image[:, len(first) :] = second
    cv2.imwrite(str(target), image)
    return target


def test_several_photographs_are_one_person(project: Path) -> None:
    first, second = map(str, queries(project)[:2])
    alone = asked(first)
    together = asked(first, second, "--top", "3")
    assert [together[key] for key in ("photo", "system", "face")] == [first, "ensemble", alone["face"]]
    (other,) = together["others"]
    assert set(other) == {"photo", "width", "height", "face"}
    assert other["photo"] == second and other["face"] == asked(second)["face"]
    assert len(together["matches"]) == 3
    # A photograph given twice says what it says once.
    twice = {match["image_id"]: match["score"] for match in asked(first, first)["matches"]}
    assert twice == pytest.approx({match["image_id"]: match["score"] for match in alone["matches"]}, abs=1e-5)
    told = RUNNER.invoke(app, ["query", first, second]).stdout
    assert "2 photographs of one person: face found by" in told


def test_every_face_is_asked_about_by_itself(project: Path, tmp_path: Path) -> None:
    group = str(group_of(queries(project)[:2], tmp_path / "group.png"))
    larger, smaller = asked(group, "--each-face", "--model", "sface")
    # What a plain query takes comes first, and is answered the same.
    assert larger == asked(group, "--model", "sface")
    assert smaller["face"]["box"][2] < 150 < larger["face"]["box"][0] + 50
    assert {match["image_id"] for match in smaller["matches"]} == {match["image_id"] for match in larger["matches"]}
    assert [match["score"] for match in smaller["matches"]] != [match["score"] for match in larger["matches"]]
    told = RUNNER.invoke(app, ["query", group, "--each-face"]).stdout
    assert "face 1 of 2, (" in told and "face 2 of 2, (" in told
    alone = str(queries(project)[0])
    assert asked(alone, "--each-face") == [asked(alone)]


def test_a_page_shows_all_photographs_and_all_faces(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    photos = queries(project)[:2]
    hostile = project / HOSTILE
    shutil.copy(photos[1], hostile)
    group = group_of(photos, project / "group.png")
    for arguments in ([str(photos[0]), str(hostile)], [str(group), "--each-face"], [str(group)]):
        assert RUNNER.invoke(app, ["query", *arguments, "--top", "2", "--open"]).exit_code == 0
    pages = {path.name.rpartition("-")[0]: path.read_text() for path in (project / "reports/query").iterdir()}
    together = pages[photos[0].stem]
    assert "<img src=x" not in together and together.count("&lt;img src=x onerror=alert(1)&gt;&amp;[bold].jpg") >= 2
    assert together.count("data:image/webp;base64,") == 4 and together.count('class="over') == 2
    assert len(list((project / "reports/query").iterdir())) == 3
    counts = sorted(html.count('class="photo"') for html in map(Path.read_text, (project / "reports/query").iterdir()))
    assert counts == [1, 2, 2]
    assert any(
        "Face 2 of 2: 2 most alike" in html for html in map(Path.read_text, (project / "reports/query").iterdir())
    )


def test_the_same_question_has_the_same_page(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    for _ in range(2):
        RUNNER.invoke(app, ["query", str(folder / "0.jpg"), "--gallery", str(folder), "--open"])
    RUNNER.invoke(app, ["query", str(folder / "0.jpg"), "--open"])
    assert len(list((project / "reports/query").iterdir())) == 2


def fault(*arguments: str) -> str:
    result = RUNNER.invoke(app, list(arguments))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("lookalike: ")
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_faults_are_one_line_each(project: Path, folder: Path, tmp_path: Path) -> None:
    photo, text = str(queries(project)[0]), tmp_path / "text.jpg"
    text.write_text("hello")
    (tmp_path / "empty").mkdir()
    assert "not an image" in fault("query", str(text))
    assert "no such file" in fault("query", str(tmp_path / "none.jpg"))
    assert "did you mean ensemble?" in fault("query", photo, "--model", "ensembel")
    assert "holds no images" in fault("query", photo, "--gallery", str(tmp_path / "empty"))
    assert "no such folder" in fault("index", str(tmp_path / "nowhere"))


def test_each_face_is_of_one_photograph_and_of_runs_with_faces(project: Path) -> None:
    first, second = map(str, queries(project)[:2])
    assert "--each-face asks about one photograph; 2 are given" in fault("query", first, second, "--each-face")
    params = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(re.sub(r"(?m)^(  sample:\n(?:    .*\n)*?    crop: )true", r"\1false", params))
    assert "compared whole (crop: false)" in fault("query", first, "--each-face")


def test_a_run_that_is_not_finished_is_told(project: Path) -> None:
    photo = str(queries(project)[0])
    weights = project / "data/weights/sface.weights"
    weights.rename(project / "kept")
    assert "sface.weights" in fault("query", photo) and "dvc repro" in fault("query", photo)
    (project / "kept").rename(weights)
    plan = read_checked_json(project / "data/fusion.json")
    write_checked_json(project / "data/fusion.json", plan | {"models": ["sface"]})
    assert "the last run fused ['sface']" in fault("query", photo)
    (project / "data/fusion.json").unlink()
    assert "no finished run" in fault("query", photo)
    (project / "params.yaml").unlink()
    assert "run from the project's root" in fault("query", photo)


def test_a_recipe_that_changed_after_the_run_is_told(project: Path) -> None:
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("size: 112", "size: 96"))
    assert "models.sface has changed since the last run" in fault("query", str(queries(project)[0]))


def test_the_store_is_told_and_tidied(project: Path, folder: Path) -> None:
    RUNNER.invoke(app, ["index", str(folder)])
    told = RUNNER.invoke(app, ["store", "--retry", "--prune", "--compact"]).stdout
    assert "0 images will be tried again\n0 rows dropped\n" in told
    assert all(word in told for word in ("faces", "vectors", "sface", "effnet_frozen"))


def test_a_store_that_others_may_use_is_not_pruned(project: Path) -> None:
    elsewhere = RUNNER.invoke(app, ["store", "--prune"], env={"LOOKALIKE_STORE": "elsewhere"})
    assert elsewhere.exit_code == 1 and "which other projects may use" in elsewhere.stderr
