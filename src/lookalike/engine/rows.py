"""What is known of images, as columns under their digests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from lookalike.kit.errors import LookalikeError

OK = "ok"
# A SHA-256 as NumPy compares and sorts it: fixed-width bytes. NumPy drops zeros at the end of one that it hands out as
# Python's `bytes`, but of equal widths it compares them all.
DIGEST = np.dtype("S32")


@dataclass(frozen=True)
class Rows:
    """What is known of images.

    Attributes:
        digest: (n,) `DIGEST`, what each row stands under, as a rule the SHA-256 of an image's bytes.
        status: (n,) text: `ok`, or why the image is set aside; its values are then zeros and empty texts.
        values: name -> (n,) or (n, d) numbers, or (n,) texts. Of rows that are all set aside there may be none. The
            names `sha256` and `status` are taken.
    """

    digest: np.ndarray
    status: np.ndarray
    values: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.digest)
        if self.digest.dtype != DIGEST or any(len(column) != n for column in (self.status, *self.values.values())):
            lengths = {name: len(column) for name, column in self.values.items()}
            raise LookalikeError(f"rows of {n} {self.digest.dtype} digests, {len(self.status)} statuses, {lengths}")

        if taken := {"sha256", "status"} & self.values.keys():
            raise LookalikeError(f"rows with values named {sorted(taken)}")

    def __len__(self) -> int:
        return len(self.digest)

    @property
    def ok(self) -> np.ndarray:
        """(n,) bool: what is not set aside."""
        return np.asarray(self.status == OK)

    def take(self, index: np.ndarray) -> Self:
        """Return the rows that a boolean mask or an integer index picks."""
        values = {name: column[index] for name, column in self.values.items()}
        return type(self)(self.digest[index], self.status[index], values)

    def ordered(self) -> Self:
        """Return the rows by digest, the first of those that share one."""
        _, first = np.unique(self.digest, return_index=True)
        return self.take(first)

    @classmethod
    def known(cls, digest: np.ndarray, values: Mapping[str, np.ndarray]) -> Self:
        """Return rows of which none is set aside."""
        return cls(digest, np.full(len(digest), OK, dtype=object), values)

    @classmethod
    def aside(cls, digest: np.ndarray, reason: str) -> Self:
        """Return rows that are set aside for one reason."""
        return cls(digest, np.full(len(digest), reason, dtype=object))


class Blank:
    """Rows that are filled in bit by bit; what never is stays zeros and empty texts."""

    def __init__(self, digest: np.ndarray) -> None:
        """Begin with digests (n,) alone."""
        self._digest, self._status = digest, np.full(len(digest), "", dtype=object)
        self._values: dict[str, np.ndarray] = {}

    def fill(self, here: np.ndarray, rows: Rows) -> None:
        """Put m rows in the places `here` (m,)."""
        self._status[here] = rows.status
        for name, column in rows.values.items():
            if name not in self._values:
                shape = (len(self._digest), *column.shape[1:])
                text = column.dtype == object
                self._values[name] = np.full(shape, "", dtype=object) if text else np.zeros(shape, column.dtype)
            self._values[name][here] = column

    @property
    def rows(self) -> Rows:
        """All of them."""
        return Rows(self._digest, self._status, self._values)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, one after the other."""
    digest = np.concatenate([np.zeros(0, DIGEST), *(part.digest for part in parts)])
    whole, start = Blank(digest), 0
    for part in parts:
        whole.fill(np.arange(start, start + len(part)), part)
        start += len(part)
    return whole.rows


def from_hex(digest: np.ndarray) -> np.ndarray:
    """Return (n,) `DIGEST` of n SHA-256 as 64 hex digits each, as catalogues hold them."""
    return np.frombuffer(bytes.fromhex("".join(digest.tolist())), dtype=DIGEST)


def to_hex(digest: np.ndarray) -> list[str]:
    """Return (n,) `DIGEST` as 64 hex digits each."""
    text = digest.tobytes().hex()
    return [text[start : start + 64] for start in range(0, len(text), 64)]
