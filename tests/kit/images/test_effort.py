"""Files that would keep a decoder busy are refused by their structure, and those near the limits still decode."""

import io
import time
from collections.abc import Callable

import pytest
from PIL import Image

from benchmarks.bombs import ACCEPTED, REFUSED, chunk, encoded, gif, jpeg, png, scans
from lookalike.kit.images.decode import UnreadableImage, decode_bytes, is_animated
from lookalike.kit.images.effort import MAX_SCANS, is_too_complex


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_a_bomb_is_refused_in_no_time(make: Callable[[], bytes]) -> None:
    data = make()
    start = time.process_time()
    with pytest.raises(UnreadableImage) as caught:
        decode_bytes(data, "bomb")
    assert caught.value.reason == "too complex"
    assert time.process_time() - start < 1


@pytest.mark.parametrize("name", ["tiff, 100,000 strips", "gif, 200,000 comments"])
def test_what_stays_below_the_limits_is_decoded(name: str) -> None:
    assert decode_bytes(ACCEPTED[name](), name).ndim == 3


def test_scans_are_counted_up_to_the_limit() -> None:
    assert not is_too_complex(scans(64, MAX_SCANS))
    assert is_too_complex(scans(64, MAX_SCANS + 1))
    # 64 million pixels 31 times are within two thousand million, 32 times are not.
    assert not is_too_complex(scans(8000, 31))
    assert is_too_complex(scans(8000, 32))


def test_scans_of_another_image_in_the_file_do_not_count() -> None:
    one = scans(64, 60)
    assert not is_too_complex(one + one)  # a stereo pair
    film = one + b"ftyp" + b"\xff\xda" * 10_000  # a photograph with a film behind it
    assert not is_too_complex(film)
    assert decode_bytes(film, "film").shape == (64, 64, 3)


def test_an_end_inside_other_segments_hides_no_scans() -> None:
    data, comment = scans(64, MAX_SCANS + 1), b"\xff\xfe\0\6\xff\xd9\xff\xd9"
    first = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    assert is_too_complex(data[:first] + comment + data[first:])


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_sound_files_are_not_complex(encoding: str, mode: str) -> None:
    assert not is_too_complex(encoded(Image.effect_noise((900, 700), 90).convert(mode), encoding))


def test_many_small_parts_are_not_complex() -> None:
    assert not is_too_complex(jpeg(b"\xff\xe1\0\x22" + bytes(32) + b"\xff\xff\xff\xee\0\2") * 1)
    assert not is_too_complex(png(chunk(b"tEXt", b"a\0b") * 1000))
    assert not is_too_complex(gif(b"!\xfe\1a\0" * 1000))
    frames = [Image.new("P", (9, 9), shade) for shade in range(50)]
    assert not is_too_complex(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))


def test_bigtiff_strips_are_counted() -> None:
    whole = encoded(Image.new("L", (3, 9)), "TIFF", big_tiff=True)
    with Image.open(io.BytesIO(whole)) as image:
        assert image.tag_v2 is not None
    assert not is_too_complex(whole)
    # The number of strips (tag 273, 64 bits) is the only entry of its tag.
    entry = whole.index(b"\x11\x01")
    assert is_too_complex(whole[: entry + 4] + (10**6).to_bytes(8, "little") + whole[entry + 12 :])


def test_a_gif_damaged_after_its_first_frame_is_told() -> None:
    """The three-frame GIF that ended the catalogue at 778 of its 16,956 lengths."""
    frames = [Image.effect_noise((40, 30), 60 + shade).convert("P") for shade in range(3)]
    whole, refused = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), 0
    for length in range(len(whole)):
        try:
            assert decode_bytes(whole[:length], "cut").shape == (30, 40, 3)
            assert is_animated(whole[:length]) in (True, False)
        except UnreadableImage as error:
            assert error.reason
            refused += 1
    assert 0 < refused < len(whole)
