"""dlib's serialised values, front to back: integers of variable length, floats, texts, tensors.

Format: dlib/serialize.h (`pack_int`, floats as mantissa and exponent) and dlib/dnn/tensor.h.
"""

from pathlib import Path
from typing import Any

import numpy as np

from lookalike.kit.errors import LookalikeError


class DlibStream:
    """A file of known layout: whoever reads it says what must come next, so that no code of dlib is needed."""

    def __init__(self, path: Path, what: str) -> None:
        """Open a file.

        Args:
            path: the file.
            what: what it must be, for errors.

        Raises:
            LookalikeError: the file is missing.
        """
        try:
            self._data = path.read_bytes()
        except FileNotFoundError:
            raise LookalikeError(f"{path}: no such file; run `dvc repro` to fetch the weights") from None
        self._at, self._name = 0, f"{path}: not {what}"

    def integers(self, what: str, *expected: int) -> None:
        """Read integers that must be these.

        Raises:
            LookalikeError: they are others; so do all methods where the file is not what it must be.
        """
        for value in expected:
            self._expect(what, self._integer(), value)

    def text(self, expected: str) -> None:
        """Read a text that must be this."""
        self.integers(f"length of {expected}", len(expected))
        self._expect("text", self._take(len(expected)), expected.encode())

    def flags(self, count: int) -> None:
        """Read truth values, each the digit 0 or 1."""
        self._expect("flags", self._take(count).strip(b"01"), b"")

    def number(self) -> float:
        """Read a finite float."""
        mantissa, exponent = self._integer(), self._integer()
        # Infinities and NaN are written as exponents from 32000 up.
        if abs(exponent) > 64:
            raise self._wrong(f"has no finite number before byte {self._at}")
        return float(mantissa * 2.0**exponent)

    def tensor(self, *shape: int) -> np.ndarray:
        """Read a tensor of four sides; return it as float64, so that folding two layers into one rounds once."""
        self.integers("tensor", 2, *shape)
        values = np.frombuffer(self._take(4 * int(np.prod(shape))), dtype="<f4").astype(np.float64)
        if not np.isfinite(values).all():
            raise self._wrong(f"holds weights that are no numbers before byte {self._at}")
        return values.reshape(shape)

    def end(self) -> None:
        """Require that nothing is left over."""
        self._expect("end of the file", self._at, len(self._data))

    def _integer(self) -> int:
        # One byte tells the sign (its highest bit) and how many bytes follow, lowest first.
        control = self._take(1)[0]
        if control & 0x70 or not 1 <= control & 0x0F <= 8:
            raise self._wrong(f"has no integer at byte {self._at - 1}")
        value = int.from_bytes(self._take(control & 0x0F), "little")
        return -value if control & 0x80 else value

    def _take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise self._wrong("ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def _expect(self, what: str, found: Any, expected: Any) -> None:
        if found != expected:
            raise self._wrong(f"{what} is {found!r} where {expected!r} is expected, before byte {self._at}")

    def _wrong(self, reason: str) -> LookalikeError:
        return LookalikeError(f"{self._name}: {reason}")
