"""Bytes that are read once and held against their digest, and pixels that are those of every other reader."""

import threading
from pathlib import Path

import numpy as np
import pytest

from lookalike.engine.reader import Image, prepared
from lookalike.faces import pixels
from lookalike.faces.pixels import read_pixels
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import sha256_file
from lookalike.kit.images.decode import decode
from tests.engine.album import listed


def test_an_image_has_the_pixels_and_the_size_of_its_file(drawn: Path) -> None:
    for name in listed(drawn).image_id:
        image = Image.read(drawn / name, sha256_file(drawn / name))
        height, width, _ = decode(drawn / name).shape
        assert image.size == (width, height), name
        assert np.array_equal(image.pixels, decode(drawn / name))
        for side in (None, 64, 256, 600):
            assert np.array_equal(image(name, side), read_pixels(drawn, name, side)), (name, side)


def test_a_turned_jpeg_is_measured_upright_and_not_decoded_for_it(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.read(drawn / "large.jpg", sha256_file(drawn / "large.jpg"))
    monkeypatch.setattr(pixels, "decode_bytes", None)
    assert image.size == (1200, 1700)


def test_each_scale_is_decoded_once(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, decode_bytes = [], pixels.decode_bytes

    def counting(data: bytes, name: str, scale: int) -> np.ndarray:
        decoded.append(scale)
        return decode_bytes(data, name, scale)

    monkeypatch.setattr(pixels, "decode_bytes", counting)
    image = Image.read(drawn / "large.jpg", sha256_file(drawn / "large.jpg"))
    for side in (256, 256, None, None, 1700):
        image("", side)
    assert decoded == [4, 1]


def test_a_file_that_has_changed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"before")
    digest = sha256_file(path)
    path.write_bytes(b"after")
    with pytest.raises(LookalikeError, match="a.png: other bytes, but the catalogue lists it as readable"):
        Image.read(path, digest)
    path.unlink()
    with pytest.raises(LookalikeError, match="a.png: no such file, but the catalogue"):
        Image.read(path, digest)
    path.write_bytes(b"before")
    with pytest.raises(LookalikeError, match="a.png: not an image, but the catalogue"):
        _ = Image.read(path, digest).pixels


def test_images_come_in_order_prepared_in_threads_a_few_ahead(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_WORKERS", "2")
    images = listed(drawn)
    pairs = list(zip(images.sha256, images.image_id, strict=True)) * 3
    begun, threads = [], set()

    def prepare(sha256: str, path: str, image: Image) -> str:
        begun.append(path)
        threads.add(threading.get_ident())
        return path

    taken = []
    for path in prepared(drawn, pairs, prepare):
        taken.append(path)
        assert len(begun) <= len(taken) + 4 * 2 + 2
    assert taken == [path for _, path in pairs]
    assert threading.get_ident() not in threads


def test_an_error_in_one_image_ends_the_others(drawn: Path) -> None:
    images = listed(drawn)
    pairs = [*zip(images.sha256, images.image_id, strict=True)]

    def prepare(sha256: str, path: str, image: Image) -> None:
        raise LookalikeError(path)

    with pytest.raises(LookalikeError, match=str(images.image_id[0])):
        list(prepared(drawn, pairs, prepare))
