"""What of the store a project can still use: what its params and code compute, of the images that it has."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.engine.faces import face_key, face_table
from lookalike.engine.looks import look_key
from lookalike.engine.model import Model
from lookalike.engine.rows import DIGEST, from_hex, to_hex
from lookalike.engine.shown import shown
from lookalike.engine.store import Store
from lookalike.faces.table import FaceTable
from lookalike.kit.errors import LookalikeError
from lookalike.params.crop import CropOptions
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.tools.search.inventory import Members
from lookalike.tools.search.published import has_published_run, published_run
from lookalike.tools.search.run import SearchRun


class Wanted:
    """What a project computes now, and the images of its dataset and of its indexes."""

    def __init__(self, layout: Layout) -> None:
        """Read params.yaml and what the models' files say of themselves.

        Raises:
            LookalikeError: params.yaml is missing or holds faults.
        """
        self._layout, self._params = layout, load_params(layout.params)
        self._face_key = face_key(self._params.faces)
        self._models = {model.key().name: model for model in self._usable_models()}

    def wants(self, store: Store) -> bool:
        """Tell whether anything of a store can be used by the params and the code of now."""
        return store.key.name in {look_key().name, self._face_key.name, *self._models}

    def digests(self, store: Store) -> np.ndarray | None:
        """Return the digests (n,) that are wanted of a store that is; None where all are."""
        if store.key.name == self._face_key.name:
            return np.concatenate([from_hex(self._catalog.sha256), self._members])
        if store.key.name in self._models:
            return self._shown(self._models[store.key.name].crop)
        return None

    def _usable_models(self) -> Iterator[Model]:
        """Yield the run's models, and what is searched with before a run is finished."""
        with suppress(LookalikeError):
            run = SearchRun.read(self._layout.root)
            yield from (run.model(name) for name in run.tables)
            return
        with suppress(LookalikeError):
            if has_published_run(self._layout.root):
                run = published_run(self._layout.root)
                yield from (run.model(name) for name in run.tables)

    @cached_property
    def _catalog(self) -> Catalog:
        """The dataset's readable images; none before there is a catalogue."""
        if not self._layout.catalog.is_file():
            nothing, size = np.array([], dtype=object), np.zeros(0, np.int32)
            return Catalog(nothing, nothing, nothing, nothing, size, size, nothing, nothing)
        catalog = Catalog.read(self._layout.catalog)
        return catalog.rows(catalog.ok)

    @cached_property
    def _members(self) -> np.ndarray:
        homes = sorted(path.parent for path in self._layout.indexes.glob("*/members"))
        return np.concatenate([np.zeros(0, DIGEST), *(Members(home).digests() for home in homes)])

    def _shown(self, crop: CropOptions) -> np.ndarray:
        """Return what a model is shown of the dataset and of the indexes."""
        if not self._params.dataset.crop:
            return np.concatenate([from_hex(self._catalog.sha256), self._members])
        store = Store(self._layout.store, self._face_key)
        members = self._members[~store.unknown(self._members)]
        rows = store.rows(members)
        names = np.array(to_hex(members), dtype=object)
        found = face_table(names, rows, np.ones((len(rows), 2)))
        faces = FaceTable.read(self._layout.faces) if self._layout.faces.is_file() else None
        tabled = faces is not None and len(faces) == len(self._catalog)
        dataset = shown(self._catalog.sha256, faces, crop) if tabled else np.zeros(0, DIGEST)
        return np.concatenate([dataset, shown(names, found, crop)])
