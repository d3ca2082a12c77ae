"""What a result stands for: all that can change it, in words, and the digest of that."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

Kind = Literal["looks", "faces", "vectors", "members"]
# What decodes an image, and so stands behind every result.
DECODERS = ("numpy", "opencv-python-headless", "pillow")
# Instruction sets between which a sum of floats may be rounded otherwise.
_INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16")
# Digits of a digest that name a folder: with a million keys, two share these once in 10^17 stores.
_SHORT = 24


@dataclass(frozen=True)
class Key:
    """What a folder of the store holds.

    Attributes:
        kind: what is known: `looks`, `faces`, `vectors`, or the `members` of an index.
        facts: everything but the image that can change a result; plain values that JSON holds.
        about: what people call it, such as a model's name; not part of the digest.
    """

    kind: Kind
    facts: Mapping[str, Any]
    about: str = ""

    @property
    def digest(self) -> str:
        """64 hex digits."""
        return hashlib.sha256(json.dumps([self.kind, self.facts], sort_keys=True).encode()).hexdigest()

    @property
    def name(self) -> str:
        """The folder's name below that of its kind."""
        return self.digest[:_SHORT]

    @property
    def words(self) -> dict[str, Any]:
        """What `key.json` says."""
        return {"kind": self.kind, "about": self.about, "key": self.digest, "facts": dict(self.facts)}

    @classmethod
    def of_words(cls, words: Mapping[str, Any]) -> "Key":
        """Return the key that `words` tells of."""
        return cls(words["kind"], words["facts"], words["about"])


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of packages; '' for one that is not installed."""
    return {package: _version(package) for package in sorted(packages)}


@cache
def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def processor() -> str:
    """Return what kind of processor computes: two of one kind give the same bits."""
    return " ".join(["cpu", platform.machine(), *_instructions()])


@cache
def _instructions() -> tuple[str, ...]:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.is_file() else []
    flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return tuple(name for name in _INSTRUCTIONS if name in flags.partition(":")[2].split())
