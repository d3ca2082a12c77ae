import contextlib
import io
import os
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from lookalike.kit.images import decode as images
from lookalike.kit.images.decode import MAX_PIXELS, UnreadableImage, decode, decode_bytes, is_animated, scale_for

ORIENTATION = 0x0112


@pytest.fixture
def picture() -> Image.Image:
    """Smooth, so that JPEG keeps it close, and unlike itself in every mirror."""
    corners = np.array([[[250, 20, 20], [20, 250, 20]], [[20, 20, 250], [240, 240, 20]]], np.uint8)
    return Image.fromarray(corners).resize((40, 24), Image.Resampling.BILINEAR)


def encode(image: Image.Image, encoding: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, encoding, **options)
    return stream.getvalue()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def reason(data: bytes) -> str:
    with pytest.raises(UnreadableImage) as caught:
        decode_bytes(data, "bad.jpg")
    assert str(caught.value).startswith("bad.jpg: ")
    return caught.value.reason


@pytest.mark.parametrize("encoding", ["PNG", "BMP", "TIFF", "GIF", "WEBP"])
def test_lossless_formats_give_the_pixels_that_were_saved(picture: Image.Image, encoding: str) -> None:
    few = picture.quantize(64).convert("RGB")  # GIF holds no more than 256 colours
    pixels = decode_bytes(encode(few, encoding, **({"lossless": True} if encoding == "WEBP" else {})), "x")
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, np.asarray(few))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_gives_exactly_the_pixels_of_pillow(mode: str, subsampling: int, progressive: bool) -> None:
    rng = np.random.default_rng(subsampling)
    for _ in range(8):
        height, width = rng.integers(1, 70, 2)
        noise = Image.fromarray(rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)).resize((width, height))
        options = {"quality": int(rng.integers(30, 100)), "progressive": progressive}
        data = encode(noise.convert(mode), "JPEG", subsampling=subsampling, **options)
        expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        np.testing.assert_array_equal(decode_bytes(data, "x"), expected)


# Turned, the pixels of an odd last column come first.
@pytest.mark.parametrize(("orientation", "size"), [(1, (403, 241)), (6, (400, 240))])
@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_smaller_scale_is_close_to_the_mean_of_the_pixels(
    picture: Image.Image, scale: int, orientation: int, size: tuple[int, int], mode: str
) -> None:
    large = picture.resize(size, Image.Resampling.BICUBIC).convert(mode)
    data = encode(large, "JPEG", quality=95, exif=exif(orientation))
    whole, small = decode_bytes(data, "x"), decode_bytes(data, "x", scale)
    height, width = (-(-side // scale) for side in whole.shape[:2])
    assert small.shape == (height, width, 3)
    means = whole[: whole.shape[0] // scale * scale, : whole.shape[1] // scale * scale].astype(float)
    means = means.reshape(means.shape[0] // scale, scale, -1, scale, 3).mean(axis=(1, 3))
    assert np.abs(small[: means.shape[0], : means.shape[1]] - means).max() <= 3


@pytest.mark.parametrize(
    ("side", "scale"), [(500, 1), (202, 1), (201, 2), (101, 2), (100, 4), (51, 4), (50, 8), (3, 8)]
)
def test_the_smallest_scale_with_enough_pixels_is_taken(picture: Image.Image, side: int, scale: int) -> None:
    large = picture.resize((300, 402))
    assert scale_for(io.BytesIO(encode(large, "JPEG")), side) == scale


def test_what_is_no_plain_jpeg_comes_whole(picture: Image.Image, tmp_path: Path) -> None:
    for data in (encode(picture, "PNG"), encode(picture.convert("CMYK"), "JPEG"), b"nonsense"):
        assert scale_for(io.BytesIO(data), 1) == 1
    assert scale_for(tmp_path / "none.jpg", 1) == 1


def test_jpeg_cut_short_is_refused_at_every_scale(picture: Image.Image) -> None:
    data = encode(picture.resize((300, 200)), "JPEG", quality=95)
    for scale in (1, 2, 4, 8):
        with pytest.raises(UnreadableImage, match="truncated"):
            decode_bytes(data[: len(data) * 2 // 3], "x", scale)


def test_jpeg_stored_as_rgb_keeps_its_colours(picture: Image.Image) -> None:
    pixels = decode_bytes(encode(picture, "JPEG", quality=95, keep_rgb=True), "x")
    np.testing.assert_allclose(pixels.astype(int), np.asarray(picture).astype(int), atol=8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_undone(picture: Image.Image, encoding: str, orientation: int) -> None:
    data = encode(picture, encoding, exif=exif(orientation))
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert expected.shape == ((24, 40, 3) if orientation < 5 else (40, 24, 3))
    np.testing.assert_array_equal(decode_bytes(data, "x"), expected)


@pytest.mark.parametrize("orientation", [0, 9, 60_000])
def test_unknown_orientation_is_passed_over(picture: Image.Image, orientation: int) -> None:
    data = encode(picture, "JPEG", exif=exif(orientation))
    assert decode_bytes(data, "x").shape == (24, 40, 3)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_broken_exif_does_not_cost_the_picture(picture: Image.Image) -> None:
    data = encode(picture, "JPEG", exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff")
    assert decode_bytes(data, "x").shape == (24, 40, 3)


def test_cmyk_jpeg_becomes_rgb(picture: Image.Image) -> None:
    pixels = decode_bytes(encode(picture.convert("CMYK"), "JPEG", quality=95), "x")
    np.testing.assert_allclose(pixels.astype(int), np.asarray(picture).astype(int), atol=10)


def test_16_bit_gray_keeps_its_upper_byte() -> None:
    ramp = np.arange(0, 65_536, 256, dtype=np.uint16).reshape(16, 16)
    pixels = decode_bytes(encode(Image.fromarray(ramp), "PNG"), "x")
    np.testing.assert_array_equal(pixels, np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, 2))


def test_one_bit_and_gray_become_rgb(picture: Image.Image) -> None:
    one_bit = decode_bytes(encode(picture.convert("1"), "PNG"), "x")
    assert set(np.unique(one_bit)) == {0, 255}
    gray = picture.convert("L")
    expected = np.repeat(np.asarray(gray)[:, :, None], 3, 2)
    np.testing.assert_array_equal(decode_bytes(encode(gray, "PNG"), "x"), expected)


@pytest.mark.parametrize(("alpha", "expected"), [(0, (255, 255, 255)), (255, (10, 20, 30)), (51, (206, 208, 210))])
def test_alpha_is_laid_over_white(alpha: int, expected: tuple[int, int, int]) -> None:
    # 51/255 = 0.2: 0.2 * 10 + 0.8 * 255 = 206
    data = encode(Image.new("RGBA", (3, 2), (10, 20, 30, alpha)), "PNG")
    assert {tuple(pixel) for pixel in decode_bytes(data, "x").reshape(-1, 3).tolist()} == {expected}


def test_gray_with_alpha_is_laid_over_white() -> None:
    data = encode(Image.new("LA", (2, 2), (0, 0)), "PNG")
    assert (decode_bytes(data, "x") == 255).all()


@pytest.mark.parametrize("encoding", ["PNG", "GIF"])
def test_transparent_palette_entry_is_white(encoding: str) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 0, 200])
    image.putpixel((1, 0), 1)
    pixels = decode_bytes(encode(image, encoding, transparency=0), "x")
    assert pixels.tolist() == [[[255, 255, 255], [0, 0, 200]]]


@pytest.mark.parametrize("encoding", ["GIF", "WEBP", "PNG"])
def test_animation_gives_its_first_frame(encoding: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if encoding == "WEBP" else {}
    data = encode(frames[0], encoding, save_all=True, append_images=frames[1:], **options)
    assert is_animated(data)
    assert (decode_bytes(data, "x") == (255, 0, 0)).all()
    assert not is_animated(encode(frames[0], encoding))


def test_second_picture_of_a_stereo_pair_is_no_animation(picture: Image.Image) -> None:
    data = encode(picture, "MPO", save_all=True, append_images=[picture.rotate(180)])
    assert not is_animated(data)
    left = np.asarray(picture).astype(int)
    np.testing.assert_allclose(decode_bytes(data, "x").astype(int), left, atol=30)


def test_one_pixel() -> None:
    assert decode_bytes(encode(Image.new("RGB", (1, 1), (1, 2, 3)), "PNG"), "x").tolist() == [[[1, 2, 3]]]


def test_empty_and_foreign_files_are_refused() -> None:
    assert reason(b"") == "empty file"
    assert reason(b"this is text in a file called bad.jpg\n" * 50) == "not an image"
    assert reason(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n") == "not an image"


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_truncated_file_is_refused(encoding: str, kept: float) -> None:
    rng = np.random.default_rng(0)
    data = encode(Image.fromarray(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8)), encoding)
    assert reason(data[: int(len(data) * kept)]) in ("truncated", "not an image" if encoding == "TIFF" else "")


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_cut_anywhere_is_never_taken_for_whole(picture: Image.Image, progressive: bool) -> None:
    # Some builds of libjpeg fill what is missing with grey.
    data = encode(picture, "JPEG", quality=95, progressive=progressive)
    scan = data.index(b"\xff\xda")
    assert {reason(data[:end]) for end in range(scan + 20, len(data) - 2, 7)} == {"truncated"}


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(picture: Image.Image) -> None:
    data = encode(picture, "JPEG")
    np.testing.assert_array_equal(decode_bytes(data + b"\0" * 9, "x"), decode_bytes(data, "x"))


def test_damaged_png_is_corrupt(picture: Image.Image) -> None:
    data = bytearray(encode(picture, "PNG"))
    middle = data.index(b"IDAT") + 12
    data[middle : middle + 8] = b"\xff" * 8
    assert reason(bytes(data)) == "corrupt"


def test_32_bit_pixels_have_no_known_range() -> None:
    assert reason(encode(Image.new("F", (4, 4)), "TIFF")) == "unsupported pixels"
    assert reason(encode(Image.new("I", (4, 4)), "TIFF")) == "unsupported pixels"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(MAX_PIXELS, 2), (8_001, 8_000), (60_000, 60_000)])
def test_image_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    assert reason(png_header(*size)) == "too many pixels"


def test_largest_size_passes_the_header_check() -> None:
    assert reason(png_header(8_000, 8_000)) == "truncated"


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    for path, expected in ((tmp_path / "none.jpg", "no such file"), (tmp_path, "cannot be opened")):
        with pytest.raises(UnreadableImage) as caught:
            decode(path)
        assert caught.value.reason == expected
        assert str(path) in str(caught.value)


def test_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.png"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
    with pytest.raises(UnreadableImage, match="file too large"):
        decode(path)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_files_never_raise_anything_else(picture: Image.Image) -> None:
    """Random damage ends in pixels or in `UnreadableImage`."""
    rng = np.random.default_rng(0)
    encodings = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
    whole = [encode(picture.convert("P" if name == "GIF" else "RGB"), name) for name in encodings]
    refused = 0
    for turn in range(600):
        data = np.frombuffer(whole[turn % len(whole)], np.uint8).copy()
        data[rng.integers(0, len(data), 2)] = rng.integers(0, 256, 2)
        kept = len(data) if rng.random() < 0.7 else rng.integers(1, len(data))
        try:
            assert decode_bytes(data[:kept].tobytes(), "x").ndim == 3
        except UnreadableImage:
            refused += 1
    assert 100 < refused < 500


@pytest.mark.parametrize("kind", ["fifo", "device", "socket", "link to a fifo", "link to a device"])
def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.jpg"
    if "fifo" in kind:
        os.mkfifo(target := tmp_path / "fifo" if "link" in kind else path)
    else:
        target = Path("/dev/zero")
    if kind == "socket":
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(str(path))
    elif "link" in kind or kind == "device":
        path.symlink_to(target)
    with pytest.raises(UnreadableImage) as caught:
        decode(path)
    assert caught.value.reason == "not a regular file"


@pytest.mark.parametrize(
    "error",
    [
        IndexError("index out of range"),
        struct.error(),
        ZeroDivisionError(),
        KeyError(0),
        OverflowError(),
        RecursionError(),
    ],
)
def test_whatever_a_decoder_raises_is_a_reason(picture: Image.Image, error: Exception, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise error

    data = encode(picture, "GIF")
    monkeypatch.setattr("PIL.GifImagePlugin.GifImageFile.load", fail)
    assert reason(data) == "corrupt"
    monkeypatch.undo()
    monkeypatch.setattr("PIL.GifImagePlugin.GifImageFile.is_animated", property(fail))
    with pytest.raises(UnreadableImage, match="bad.gif: corrupt"):
        is_animated(data, "bad.gif")


def test_too_little_memory_is_a_reason(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    assert reason(encode(picture, "PNG")) == "too much memory"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "CMYK", "1", "L", "RGB"])
def test_a_large_image_has_the_pixels_of_one_that_is_turned_at_once(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (37, 23, 4), dtype=np.uint8)
    data = encode(Image.fromarray(noise, "RGBA").convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    at_once = decode_bytes(data, "x")
    monkeypatch.setattr(images, "_BAND", 100)
    np.testing.assert_array_equal(decode_bytes(data, "x"), at_once)
