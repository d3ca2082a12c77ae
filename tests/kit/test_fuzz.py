"""The whole of reading on damaged files: pixels or a reason, whatever the bytes; benchmarks/fuzz.py goes on longer."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import KINDS, Damage, damaged, seeds
from lookalike.kit.images.decode import MAX_PIXELS, UnreadableImage, decode_bytes, is_animated
from lookalike.kit.images.effort import is_too_complex
from lookalike.kit.images.whole import is_partial

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
SEEDS = seeds()
MAGICS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF", b"BM", b"II*\0", b"MM\0*", b""]
PART = st.floats(0, 1, exclude_max=True)
DAMAGES = st.lists(st.builds(Damage, st.sampled_from(KINDS), PART, PART, st.binary(min_size=1, max_size=8)), max_size=5)


def read(data: bytes) -> str:
    """Return ok or the reason; anything else that is raised is the test's failure."""
    assert is_too_complex(data) in (True, False)
    try:
        height, width, channels = decode_bytes(data, "x").shape
        assert (channels, height * width <= MAX_PIXELS) == (3, True)
        assert is_animated(data) in (True, False)
        return "partial" if is_partial(data) else "ok"
    except UnreadableImage as error:
        return error.reason


@pytest.mark.parametrize("name", SEEDS)
def test_sound_files_are_read(name: str) -> None:
    assert read(SEEDS[name]) == "ok"


@settings(max_examples=600)
@given(st.sampled_from(sorted(SEEDS)), DAMAGES, st.sampled_from(sorted(SEEDS)))
def test_a_damaged_file_gives_pixels_or_a_reason_in_little_time(name: str, damages: list[Damage], other: str) -> None:
    start = time.process_time()
    assert read(damaged(SEEDS[name], damages, SEEDS[other]))
    assert time.process_time() - start < 3


@settings(max_examples=300)
@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF", b"BM", b"II*\0", b"MM\0*", b""]),
    st.binary(),
)
def test_any_bytes_give_pixels_or_a_reason(magic: bytes, rest: bytes) -> None:
    assert read(magic + rest)


@pytest.mark.parametrize("name", SEEDS)
def test_a_file_cut_at_any_byte_gives_pixels_or_a_reason(name: str) -> None:
    data = SEEDS[name]
    states = [read(data[:length]) for length in range(len(data))]
    assert states[0] == "empty file"
    # What follows the first picture may be missing, and the last byte of a format may be filling.
    if not name.startswith(("gif", "webp", "mpo", "tiff")):
        assert "ok" not in states[:-2]
