"""The two commands as a person meets them."""

import json
import shutil
from pathlib import Path

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
