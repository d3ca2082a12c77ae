from pathlib import Path

import numpy as np
import pytest

from lookalike.faces.cut import chip_matrix, warp
from lookalike.faces.pack import write_pack
from lookalike.kit.errors import LookalikeError
from lookalike.kit.workers import VARIABLE
from lookalike.params.crop import CropOptions
from tests.faces.conftest import Album, central, listed

ALIGNED = CropOptions(template="arcface", size=56)
SIZES = [(40, 30), (8, 8), (100, 64), (33, 57), (5, 90)]


def pictures() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {f"{i}.png": rng.integers(0, 256, (*size, 3), dtype=np.uint8) for i, size in enumerate(SIZES)}


def test_rows_follow_the_catalogue(album: Album, tmp_path: Path) -> None:
    drawn = pictures()
    root, images = album(drawn)
    faces = central(images)
    write_pack(tmp_path / "pack.npy", root, images, faces, ALIGNED)
    chips = np.load(tmp_path / "pack.npy", mmap_mode="r")
    assert chips.shape == (5, 56, 56, 3) and chips.dtype == np.uint8
    for row, name in enumerate(images.image_id):
        matrix = chip_matrix(ALIGNED, faces.box[row], faces.landmarks[row])
        assert (chips[row] == warp(drawn[name], matrix, 56)).all()


def test_without_faces_the_whole_image_is_packed(album: Album, tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    root, images = album({"a.png": image})
    write_pack(tmp_path / "pack.npy", root, images, None, CropOptions(template="arcface", size=32, margin=0.4))
    assert (np.load(tmp_path / "pack.npy")[0] == image).all()


def test_a_recipe_for_whole_images_ignores_the_faces(album: Album, tmp_path: Path) -> None:
    root, images = album(pictures())
    whole = CropOptions(template="whole", size=24)
    write_pack(tmp_path / "seen.npy", root, images, central(images), whole)
    write_pack(tmp_path / "unseen.npy", root, images, None, whole)
    assert (tmp_path / "seen.npy").read_bytes() == (tmp_path / "unseen.npy").read_bytes()


def test_the_bytes_are_the_same_for_any_number_of_workers(
    album: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, images = album(pictures())
    packs = []
    for workers in ("1", "4"):
        monkeypatch.setenv(VARIABLE, workers)
        write_pack(tmp_path / "pack.npy", root, images, central(images), ALIGNED)
        packs.append((tmp_path / "pack.npy").read_bytes())
    assert packs[0] == packs[1]


def test_a_spoilt_image_is_named_and_leaves_nothing_behind(album: Album, tmp_path: Path) -> None:
    root, images = album(pictures())
    (root / "3.png").unlink()
    target = tmp_path / "packs" / "pack.npy"
    with pytest.raises(LookalikeError, match=r"3\.png: no such file.*changed since"):
        write_pack(target, root, images, None, ALIGNED)
    assert list(target.parent.iterdir()) == []


def test_an_older_pack_survives_a_failure(album: Album, tmp_path: Path) -> None:
    root, images = album(pictures())
    target = tmp_path / "pack.npy"
    write_pack(target, root, images, None, ALIGNED)
    before = target.read_bytes()
    (root / "3.png").write_bytes(b"")
    with pytest.raises(LookalikeError, match="empty file"):
        write_pack(target, root, images, None, ALIGNED)
    assert target.read_bytes() == before


def test_faces_of_another_catalogue_are_refused(album: Album, tmp_path: Path) -> None:
    root, images = album(pictures())
    other = central(listed({"0.png": (30, 40)}))
    with pytest.raises(LookalikeError, match="another catalogue"):
        write_pack(tmp_path / "pack.npy", root, images, other, ALIGNED)


def test_no_images_make_an_empty_pack(tmp_path: Path) -> None:
    write_pack(tmp_path / "pack.npy", tmp_path, listed({}), None, ALIGNED)
    assert np.load(tmp_path / "pack.npy", mmap_mode="r").shape == (0, 56, 56, 3)
