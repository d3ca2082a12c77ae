"""Files that decode although part of them is gone."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from benchmarks.bombs import encoded
from lookalike.kit.images.decode import UnreadableImage, decode_bytes
from lookalike.kit.images.whole import is_partial

FORMS = {
    "PNG": ("PNG", {}),
    "PNG, palette": ("PNG", {"colours": 32}),
    "WebP": ("WEBP", {}),
    "WebP, quick": ("WEBP", {"method": 0}),
    "WebP, lossless": ("WEBP", {"lossless": True}),
    "WebP, transparent": ("WEBP", {"alpha": True}),
    "JPEG": ("JPEG", {}),
    "JPEG, progressive": ("JPEG", {"progressive": True}),
}


def pictures() -> Iterator[Image.Image]:
    """Something like photographs: gradients, shapes and noise."""
    down, across = np.mgrid[:150, :170].astype(float)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        waves = [np.sin(across / rng.uniform(5, 40) + down / rng.uniform(5, 40) + rng.uniform(0, 6)) for _ in range(3)]
        pixels = 128 + 90 * np.stack(waves, axis=2) + rng.normal(0, 6, (150, 170, 3))
        yield Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def saved(picture: Image.Image, form: str) -> bytes:
    encoding, options = FORMS[form]
    options = dict(options)
    if options.pop("alpha", False):
        picture = picture.copy()
        picture.putalpha(picture.convert("L"))
    if colours := options.pop("colours", 0):
        picture = picture.quantize(colours)
    return encoded(picture, encoding, **options)


def state(data: bytes) -> str:
    try:
        decode_bytes(data, "x")
    except UnreadableImage as error:
        return error.reason
    return "partial" if is_partial(data) else "ok"


@pytest.mark.parametrize("form", FORMS)
def test_whole_files_are_whole(form: str) -> None:
    assert {state(saved(picture, form)) for picture in pictures()} == {"ok"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("colour", ["white", "black", (13, 77, 200)])
@pytest.mark.parametrize("part", [0.3, 0.7, 1.0])
def test_an_image_that_ends_in_one_colour_is_whole(form: str, colour: object, part: float) -> None:
    for picture in pictures():
        picture.paste(colour, (0, round(150 * (1 - part)), 170, 150))
        assert state(saved(picture, form)) == "ok"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.97])
def test_a_zeroed_tail_is_never_taken_for_whole(form: str, kept: float) -> None:
    for picture in pictures():
        data = saved(picture, form)
        length = int(kept * len(data))
        assert state(data[:length] + bytes(len(data) - length)) != "ok"


@pytest.mark.parametrize("form", FORMS)
def test_a_file_cut_anywhere_is_never_taken_for_whole(form: str) -> None:
    data = saved(next(pictures()).resize((40, 30)), form)
    states = {length: state(data[:length]) for length in range(len(data) - 2)}
    assert [length for length, value in states.items() if value == "ok"] == []


def test_one_flipped_bit_in_the_pixels_of_a_png_shows() -> None:
    data = bytearray(saved(next(pictures()), "PNG"))
    data[-20] ^= 1
    assert state(bytes(data)) in ("partial", "corrupt")


def test_bytes_behind_the_end_do_no_harm() -> None:
    for form in FORMS:
        assert state(saved(next(pictures()), form) + b"more") == "ok"
