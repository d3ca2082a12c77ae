"""Search of a gallery by one image, or by several photographs of one person."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.catalog.layout import inside
from lookalike.faces.table import Face
from lookalike.fusion.standing import standing
from lookalike.kit.errors import LookalikeError
from lookalike.kit.names import nearest
from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.retrieval.photographs import as_one
from lookalike.retrieval.ranking import Ranking
from lookalike.tools.search.answer import Answer, Match, Seen
from lookalike.tools.search.calibration import SystemConfidence, calibrate_system
from lookalike.tools.search.encoder import Encoder
from lookalike.tools.search.gallery import Gallery
from lookalike.tools.search.index import update_index
from lookalike.tools.search.photograph import Photo, Photograph, embed_photograph, face_of
from lookalike.tools.search.published import any_run
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.systems import System, systems_of


class Searcher:
    """A finished run and a gallery, ready to be asked."""

    def __init__(self, run: SearchRun, gallery: Gallery, encoder: Encoder) -> None:
        """Take a run, the images to search, and the encoder of photographs."""
        self._run, self.gallery, self._encoder = run, gallery, encoder
        self._systems = systems_of(run)
        self._calibrations: dict[str, SystemConfidence] = {}
        self.systems: tuple[str, ...] = tuple(self._systems)

    @classmethod
    def open(cls, root: Path, gallery: Path | None = None) -> "Searcher":
        """Read a run, and its own gallery or a folder's index, which is brought up to date first.

        Before the first run a folder can be searched too, by a model as published.

        Args:
            root: the project's folder.
            gallery: a folder of images; None searches the run's own test gallery.

        Raises:
            LookalikeError: there is no finished run, or nothing to search.
        """
        if gallery is None:
            run = SearchRun.read(root)
            return cls(run, Gallery.of_run(run), Encoder(run))
        run = any_run(root)
        return cls(run, update_index(run, gallery, wait=False).gallery, Encoder(run))

    def search(self, photo: Path, system: str, top: int) -> Answer:
        """Return the `top` gallery images most like a photograph.

        Args:
            photo: an image file.
            system: one of `systems`.
            top: how many; fewer where the gallery is smaller.

        Raises:
            UnreadableImage: the file gives no pixels.
            LookalikeError: there is no such system, or a file of its model is missing.
        """
        return self.search_person([photo], system, top)

    def search_person(self, photos: Sequence[Path], system: str, top: int) -> Answer:
        """Do what `search` does, by all photographs of one person together."""
        return self.search_seen([self.see(Photo(photo), system) for photo in photos], system, top)

    def search_faces(self, path: Path, system: str, top: int) -> list[Answer]:
        """Return an answer for every face of a photograph, first for the one that `search` takes.

        Raises:
            UnreadableImage: the file gives no pixels.
            LookalikeError: as `search`; or the run's dataset is shown whole.
        """
        photo = Photo(path)
        return [self.search_seen([self.see(photo, system, face)], system, top) for face in self.faces(photo)]

    def faces(self, photo: Photo) -> list[Face]:
        """Return every face of a photograph, first the one that `search` takes.

        Raises:
            LookalikeError: the run's dataset is shown whole, so that no face is looked for.
        """
        if faces := self._encoder.find_all(photo, photo.row):
            return faces
        raise LookalikeError("the run's images are compared whole (crop: false), so that no faces are told apart")

    def see(self, photo: Photo, system: str, face: Face | None = None) -> Photograph:
        """Embed a photograph for `search_seen`, after which its pixels are not needed any more.

        Args:
            photo: decoded.
            system: one of `systems`.
            face: which of its `faces`; by default the first.
        """
        return embed_photograph(photo, self._encoder, self._system(system).models, face)

    def search_seen(self, photographs: Sequence[Photograph], system: str, top: int) -> Answer:
        """Return the `top` gallery images most like the one person that all these photographs show.

        Args:
            photographs: what `see` made of them for the same system; one or more.
            system: one of `systems`.
            top: how many; fewer where the gallery is smaller.
        """
        chosen = self._system(system)
        rows = [as_one(np.concatenate([seen.embedding[model] for seen in photographs])) for model in chosen.models]
        placed = chosen.placed(self._embeddings(chosen, rows))
        matches, unknown = self._matches(chosen, placed, np.arange(len(self.gallery)), top, self._calibration(chosen))
        first, *others = (Seen(seen.width, seen.height, seen.face) for seen in photographs)
        return Answer(system, first.width, first.height, first.face, matches, tuple(others), unknown)

    def search_by(self, image_id: str, system: str, top: int) -> Answer:
        """Return the `top` other gallery images most like one of the gallery's own.

        Scores between two gallery images are not calibrated, so that these have no probability.

        Args:
            image_id: of the gallery.
            system: one of `systems`.
            top: how many; fewer where the gallery is smaller.

        Raises:
            LookalikeError: there is no such system or image.
        """
        chosen, row = self._system(system), self.gallery.row(image_id)
        own = [self.gallery.embedding[model][row : row + 1] for model in chosen.models]
        # Moved as the gallery is: between two images of one domain there is no gap to undo.
        placed = [replace(part, query=part.gallery[[row]]) for part in chosen.placed(self._embeddings(chosen, own))]
        others = np.delete(np.arange(len(self.gallery)), row)
        matches, unknown = self._matches(chosen, placed, others, top, None)
        width, height = int(self.gallery.catalog.width[row]), int(self.gallery.catalog.height[row])
        return Answer(system, width, height, face_of(self.gallery.faces, row), matches, unknown=unknown)

    def image_path(self, image_id: str) -> Path:
        """Return the file of a gallery image.

        Raises:
            LookalikeError: the gallery has no image of this id, or a link in its place leads out of the folder.
        """
        return inside(self.gallery.folder, self.gallery.path(image_id))

    def _system(self, name: str) -> System:
        if name in self._systems:
            return self._systems[name]
        near = nearest(name, self.systems)
        advice = f"did you mean {near}?" if near else f"the run has {', '.join(self.systems)}"
        raise LookalikeError(f"unknown model {name!a}; {advice}")

    def _embeddings(self, system: System, query: Sequence[np.ndarray]) -> list[Embeddings]:
        return [
            self._run.embeddings(model, rows, self.gallery.embedding[model])
            for model, rows in zip(system.models, query, strict=True)
        ]

    def _matches(
        self,
        system: System,
        placed: Sequence[Placed],
        rows: np.ndarray,
        top: int,
        confidence: SystemConfidence | None,
    ) -> tuple[tuple[Match, ...], str]:
        """Rank some rows of the gallery for the one query; say why probabilities are unknown, where they are."""
        if top < 1:
            raise LookalikeError(f"top is {top}; ask for one image at least")
        if len(rows) == 0:
            return (), "there is no image to compare"
        similarity = system.similarity([replace(part, gallery=part.gallery[rows]) for part in placed])
        ids = self.gallery.catalog.image_id[rows]
        ranking = Ranking.from_similarity(np.array(["query"], dtype=object), ids, similarity, top)
        likely, unknown = _likely(similarity, len(ranking.score[0]), confidence)
        found = zip(ids[ranking.order[0]], ranking.score[0].tolist(), likely, strict=True)
        return tuple(Match(name, self.gallery.path(name), score, *ends) for name, score, ends in found), unknown

    def _calibration(self, system: System) -> SystemConfidence:
        if system.name not in self._calibrations:
            self._calibrations[system.name] = calibrate_system(self._run, system, self.gallery.embedding)
        return self._calibrations[system.name]


def _likely(
    similarity: np.ndarray, depth: int, confidence: SystemConfidence | None
) -> tuple[list[tuple[float, float, float] | tuple[None, None, None]], str]:
    """Return probability, lower and upper end of the first answers; without them, why they are unknown."""
    unknown = "scores between two images of the gallery were never calibrated"
    if confidence is not None:
        judged = confidence.judge(standing(similarity, depth))
        unknown = str(judged.unknown[0])
        if not unknown:
            ends = (judged.probability[0], judged.low[0], judged.high[0])
            return list(zip(*(end.tolist() for end in ends), strict=True)), ""
    return [(None, None, None)] * depth, unknown
