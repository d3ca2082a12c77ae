"""What is looked at again when a folder changes, and what is not."""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from lookalike.backbones.trained import read_training, write_trained
from lookalike.engine import engine
from lookalike.kit.errors import LookalikeError
from lookalike.kit.images import guard
from lookalike.run.layout import Layout
from lookalike.tools.search.index import Indexed
from lookalike.tools.search.inventory import FolderChanges, Members
from lookalike.tools.search.searcher import Searcher
from tests.tools.search.conftest import MODELS, Colours

Update = Callable[[], Indexed]
BROKEN = {"torn.jpg": "truncated"}


def told(changes: FolderChanges) -> tuple[int, int, int]:
    return changes.new, changes.unchanged, changes.removed


def test_nothing_is_looked_at_twice(update: Update, detected: list[str]) -> None:
    first = update()
    assert told(first.changes) == (6, 0, 0)
    assert (len(detected), Colours.shown) == (6, 6 * len(MODELS))
    second = update()
    assert told(second.changes) == (0, 6, 0)
    assert (len(detected), Colours.shown) == (6, 6 * len(MODELS))
    for model in MODELS:
        np.testing.assert_array_equal(second.gallery.embedding[model], first.gallery.embedding[model])


def test_an_image_is_decoded_once_to_be_listed_and_once_for_its_face_and_all_models(
    update: Update, decoded: list[str]
) -> None:
    update()
    assert Counter(decoded) == {f"{number}.jpg": 2 for number in range(6)}


def test_settled_files_are_not_even_read_again(update: Update, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.engine.looks.SETTLED_NS", 0)
    update()
    read: list[Path] = []
    monkeypatch.setattr(guard.Guard, "look_all", lambda self, paths: read.extend(paths) or [])
    assert told(update().changes) == (0, 6, 0)
    assert read == []


def test_other_bytes_of_equal_size_and_time_are_noticed(
    update: Update, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.engine.looks.SETTLED_NS", 0)
    path = folder / "1.jpg"
    before = path.stat()
    update()
    data = bytearray(path.read_bytes())
    data[-200] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert told(update().changes) == (1, 5, 1)


def test_a_fresh_file_is_read_again_though_nothing_shows_that_it_changed(
    update: Update, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.engine.looks.SETTLED_NS", 1 << 62)
    update()
    update()
    assert Colours.shown == 6 * len(MODELS)
    (folder / "1.jpg").write_bytes((folder / "2.jpg").read_bytes())
    assert told(update().changes) == (0, 6, 1)


def test_a_renamed_file_is_known(update: Update, folder: Path, detected: list[str]) -> None:
    first = update().gallery
    (folder / "3.jpg").rename(folder / "more/another.jpeg")
    second = update()
    assert told(second.changes) == (0, 6, 0)
    assert (len(detected), Colours.shown) == (6, 6 * len(MODELS))
    for model in MODELS:
        before, after = first.embedding[model][first.row("3.jpg")], second.gallery.embedding[model]
        np.testing.assert_array_equal(after[second.gallery.row("more/another.jpeg")], before)


def test_a_changed_file_is_embedded_anew_and_a_removed_one_is_gone(
    update: Update, folder: Path, finished: Path
) -> None:
    first = update().gallery
    photo = sorted((finished / "data/raw/sample/test/query").iterdir())[0]
    shutil.copy(photo, folder / "0.jpg")
    (folder / "more/5.jpg").unlink()
    Colours.shown = 0
    second = update()
    assert told(second.changes) == (1, 4, 2)
    assert Colours.shown == len(MODELS)
    assert list(second.gallery.catalog.image_id) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "more/4.jpg"]
    assert not np.allclose(second.gallery.embedding["sface"][0], first.embedding["sface"][0], atol=1e-2)
    # The index holds what the folder holds; the store may know more.
    assert sum(len(table) for table in second.gallery.embedding.values()) == 5 * len(MODELS)
    assert len(Members(second.home).digests()) == 5
    update()
    assert Colours.shown == len(MODELS)


def test_an_index_made_in_steps_is_the_one_made_at_once(update: Update, folder: Path, project: Path) -> None:
    aside = folder.parent / "aside.jpg"
    shutil.move(folder / "2.jpg", aside)
    update()
    shutil.move(aside, folder / "2.jpg")
    in_steps = update()
    shutil.rmtree(in_steps.home)
    shutil.rmtree(Layout(project).store)
    at_once = update()
    for model in MODELS:
        np.testing.assert_array_equal(in_steps.gallery.embedding[model], at_once.gallery.embedding[model])


def test_broken_files_are_counted_and_named(update: Update, folder: Path) -> None:
    (folder / "torn.jpg").write_bytes((folder / "1.jpg").read_bytes()[:900])
    (folder / "away.jpg").symlink_to(folder.parent / "project/params.yaml")
    (folder / "a\nb.png").write_bytes(b"")
    (folder / "notes.txt").write_text("not an image, and not named like one")
    for _ in range(2):
        indexed = update()
        assert indexed.changes.unreadable == BROKEN | {
            "'a\\nb.png'": "the name holds control characters or is not UTF-8",
            "'away.jpg'": "a link that leads out of the folder",
        }
        assert len(indexed.gallery) == 6


def test_work_that_was_cut_short_goes_on_where_it_stopped(
    update: Update, monkeypatch: pytest.MonkeyPatch, detected: list[str]
) -> None:
    monkeypatch.setattr(engine, "LEAST", 2)
    embed = Colours.embed

    def dying(self: Colours, crops: np.ndarray) -> np.ndarray:
        if Colours.shown >= 8:
            raise KeyboardInterrupt
        return embed(self, crops)

    with monkeypatch.context() as patch:
        patch.setattr(Colours, "embed", dying)
        with pytest.raises(KeyboardInterrupt):
            update()
    update()
    # All that is lost is the part that was being done.
    assert 6 <= len(detected) <= 6 + 2
    assert 6 * len(MODELS) <= Colours.shown <= 6 * len(MODELS) + 2 * len(MODELS)


def test_a_model_that_has_changed_makes_an_index_of_its_own(update: Update, project: Path) -> None:
    update()
    trained = project / "data/models/sface.safetensors"
    write_trained(trained, replace(read_training(trained), kept="tuned"), {})
    Colours.shown = 0
    update()
    assert Colours.shown == 6


def test_other_ways_to_find_faces_find_them_anew(update: Update, project: Path, detected: list[str]) -> None:
    update()
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["faces"]["jitter"] = 0.0
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    update()
    assert len(detected) == 12


def test_other_code_makes_everything_anew(update: Update, monkeypatch: pytest.MonkeyPatch, detected: list[str]) -> None:
    update()
    for module in ("faces", "model"):
        monkeypatch.setattr(f"lookalike.engine.{module}.code_digest", lambda *names: "edited")
    update()
    assert (len(detected), Colours.shown) == (12, 12 * len(MODELS))


def test_hidden_and_linked_folders_are_passed_over(update: Update, folder: Path) -> None:
    (folder / ".hidden").mkdir()
    shutil.copy(folder / "1.jpg", folder / ".hidden/secret.jpg")
    shutil.copy(folder / "1.jpg", folder / "._1.jpg")
    (folder / "loop").symlink_to(folder)
    changes = update().changes
    assert (told(changes), changes.unreadable) == ((6, 0, 0), {})


def test_two_folders_of_one_name_have_their_own_index(project: Path, folder: Path) -> None:
    other = folder.parent / "elsewhere" / folder.name
    shutil.copytree(folder, other)
    (other / "0.jpg").unlink()
    assert len(Searcher.open(project, folder).gallery) == 6
    assert len(Searcher.open(project, other).gallery) == 5
    assert len(list((project / "data/index").iterdir())) == 2


@pytest.mark.parametrize(
    ("files", "message"), [([], "holds no images"), (["a.png", "b.jpg"], "none of its 2 images can be read")]
)
def test_a_folder_without_images(project: Path, tmp_path: Path, files: list[str], message: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in files:
        (empty / name).write_bytes(b"no")
    with pytest.raises(LookalikeError, match=message):
        Searcher.open(project, empty)
    with pytest.raises(LookalikeError, match="no such folder"):
        Searcher.open(project, tmp_path / "nowhere")


def test_a_dataset_without_faces_is_shown_whole(
    update: Update, project: Path, folder: Path, detected: list[str]
) -> None:
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["datasets"]["sample"]["crop"] = False
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    assert update().gallery.faces is None
    answer = Searcher.open(project, folder).search(folder / "0.jpg", "sface", 6)
    assert (answer.face, len(answer.matches), detected) == (None, 6, [])
