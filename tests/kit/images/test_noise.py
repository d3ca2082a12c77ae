"""What C libraries say on their own stays off the terminal; what the program says does not."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.bombs import encoded

CODE = """
import os, sys, threading
from pathlib import Path
from lookalike.kit.entry import entry_point
from lookalike.kit.images.decode import UnreadableImage, decode
from lookalike.kit.images.noise import libraries_silenced

@entry_point
def command():
    for path in sys.argv[1:]:
        try:
            decode(Path(path))
        except UnreadableImage as error:
            print("reason", error.reason, file=sys.stderr)
    with libraries_silenced(), libraries_silenced():
        os.write(2, b"library\\n")
        thread = threading.Thread(target=print, args=["from a thread"], kwargs={"file": sys.stderr})
        thread.start(); thread.join()
    os.write(2, b"later\\n")
    raise RuntimeError("a fault of the program")

command()
"""


@pytest.fixture
def loud(tmp_path: Path) -> list[Path]:
    """Files on which libjpeg, libtiff and Pillow have something to say."""
    colour = Image.effect_noise((40, 30), 90).convert("RGB")
    jpeg = encoded(colour, "JPEG")
    scan = jpeg.index(b"\xff\xda")
    lzw = bytearray(encoded(colour, "TIFF", compression="tiff_lzw"))
    lzw[20:60] = bytes(40)
    exif = encoded(colour, "PNG", exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff")
    files = {"cut.jpg": jpeg[: scan + 40] + b"\xff\xd9", "bad.tif": bytes(lzw), "exif.png": exif}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in files]


def test_libraries_are_silent_and_the_program_is_not(loud: list[Path]) -> None:
    command = [sys.executable, "-c", CODE, *map(str, loud)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr.splitlines()
    assert [line for line in told if "reason" not in line][:2] == ["from a thread", "later"]
    assert told[-1] == "RuntimeError: a fault of the program"


def test_these_files_are_loud_by_themselves(loud: list[Path]) -> None:
    code = CODE.replace("@entry_point", "")
    told = subprocess.run([sys.executable, "-c", code, *map(str, loud)], capture_output=True, text=True, check=False)
    for text in ("Corrupt JPEG data", "library"):
        assert text in told.stderr
