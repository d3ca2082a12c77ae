"""Converted and compiled networks, kept for all projects of a user, and used only while their bytes are those kept.

OpenVINO notices a compiled network that is cut short, and not one with other numbers in it. So a note holds the digest
of each file. A cache that cannot be written is no fault: networks are then converted at each start.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import openvino as ov

from lookalike.kit.digests import read_checked_json, write_checked_json
from lookalike.kit.errors import FileFault, LookalikeError, size_text
from lookalike.kit.files import sha256_file
from lookalike.kit.scratch import private_folder, sweep

# How many converted networks are kept, those used last; the largest, a ViT-L, takes 1.2 GB.
KEPT = 16


def cache_folder() -> Path:
    """Return where converted networks are kept, for all projects of a user: $XDG_CACHE_HOME, by default ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "lookalike/networks"


class CachedNetwork:
    """The files of one network: its graph and weights, and what OpenVINO compiled of them for this machine."""

    def __init__(self, digest: str) -> None:
        """Name the network by the digest of all that it comes from; nothing is read or written yet."""
        self.graph = cache_folder() / f"{digest}.xml"
        self._compiled = cache_folder().parent / "compiled" / digest

    def is_whole(self) -> bool:
        """Tell whether the network can be read; what is damaged of its compiled form goes."""
        for folder in (self.graph.parent, self._compiled):
            sweep(folder)
        noted = self._noted()
        for blob in self._compiled.glob("*.blob"):
            if not _is(blob, noted):
                with suppress(OSError):
                    blob.unlink()
        return all(_is(path, noted) for path in self._network)

    def store(self, model: ov.Model) -> bool:
        """Keep a network, and tell whether that could be done."""
        folder = self.graph.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with private_folder(folder) as scratch:
                save_network(model, scratch / self.graph.name)
                for path in self._network:
                    (scratch / path.name).replace(path)
        except (OSError, FileFault) as error:
            told = f"{folder}: cannot be written ({error}); networks are converted at every start"
            print(f"lookalike: {told}; set XDG_CACHE_HOME to a folder with room", file=sys.stderr)
            return False
        return True

    @property
    def compiled(self) -> Path | None:
        """The folder for what OpenVINO compiles; None where it can neither be read nor written."""
        with suppress(OSError):
            self._compiled.mkdir(parents=True, exist_ok=True)
            if os.access(self._compiled, os.W_OK) or any(self._compiled.glob("*.blob")):
                return self._compiled
        return None

    def note(self) -> None:
        """Note the digests of all files, that this network was used now, and let go of those not used for longest."""
        files = [*self._network, *sorted(self._compiled.glob("*.blob"))]
        with suppress(OSError, FileFault):
            digests = {path.name: sha256_file(path) for path in files}
            if digests != self._noted():
                write_checked_json(self._note, digests)
            self.graph.touch()
            _keep_newest()

    @property
    def _network(self) -> tuple[Path, Path]:
        # The graph is moved last: where it stands, its weights do.
        return self.graph.with_suffix(".bin"), self.graph

    @property
    def _note(self) -> Path:
        return self._compiled / "digests.json"

    def _noted(self) -> Mapping[str, object]:
        try:
            return read_checked_json(self._note)
        except LookalikeError:
            return {}


def save_network(model: ov.Model, path: Path) -> None:
    """Write a network as OpenVINO's two files, `path` and the same with `.bin`.

    Raises:
        FileFault: the disk is full or broken, which OpenVINO does not say.
    """
    try:
        ov.save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:
        free = size_text(shutil.disk_usage(path.parent).free)
        raise FileFault(f"{path}: OpenVINO could not write it ({error}; {free} are free there)") from error


def _is(path: Path, noted: Mapping[str, object]) -> bool:
    return path.is_file() and noted.get(path.name) == sha256_file(path)


def _keep_newest() -> None:
    compiled = cache_folder().parent / "compiled"
    for graph in sorted(cache_folder().glob("*.xml"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
        graph.unlink(missing_ok=True)
        graph.with_suffix(".bin").unlink(missing_ok=True)
        shutil.rmtree(compiled / graph.stem, ignore_errors=True)
    for blob in compiled.glob("*.blob"):
        blob.unlink(missing_ok=True)  # Of an earlier version, which kept no digests.
