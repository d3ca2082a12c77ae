"""What is known of an image depends on the image alone: not on its neighbours, the batch, the part or the threads."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.embedding.embedder import Embedder
from lookalike.engine.executors.base import Executor, InlineExecutor, Part
from lookalike.engine.executors.local import LocalExecutor
from lookalike.engine.face_source import TabledFaces
from lookalike.engine.faces import FaceJob, FoundFaces, face_key, face_table, find_known
from lookalike.engine.model import Model
from lookalike.engine.rows import from_hex
from lookalike.engine.shown import shown
from lookalike.engine.store import Store
from lookalike.engine.vectors import VectorJob, embed_known
from lookalike.faces.cut import cut
from lookalike.faces.find import find_faces
from lookalike.faces.pixels import file_reader
from lookalike.faces.table import FaceTable
from lookalike.kit.images.decode import decode
from lookalike.params.models import EmbedOptions
from tests.engine.album import FACES, listed
from tests.engine.conftest import TRAINED, with_batch
from tests.faces.conftest import listed as catalogued


@pytest.fixture(scope="module")
def faces(drawn: Path) -> FaceTable:
    """The faces of all pictures, by the detectors themselves."""
    names = listed(drawn).image_id
    sizes = {str(name): decode(drawn / name).shape[1::-1] for name in names}
    return find_faces(file_reader(drawn), catalogued(sizes), FACES)


@pytest.fixture(scope="module")
def expected(drawn: Path, faces: FaceTable, models: tuple[Model, ...]) -> dict[str, np.ndarray]:
    """The vectors of all pictures, embedded one at a time by the embedder itself."""
    images = [decode(drawn / name) for name in faces.image_id]
    found = {}
    for model in models:
        blocks = model.backbone, model.crop.size, model.head, model.embed, model.weights, model.trained
        embedder = Embedder.load(*blocks, "cpu")
        chips = [cut(image, faces.face(row), model.crop) for row, image in enumerate(images)]
        found[model.name] = np.concatenate([embedder.embed(chip[None]) for chip in chips])
    return found


def cut_up(draw: st.DataObject, n: int) -> list[list[int]]:
    """Return numbers below n in another order, in parts."""
    order = draw.draw(st.permutations(range(n)))
    ends = sorted(draw.draw(st.sets(st.integers(1, n - 1), max_size=4)))
    return [order[start:end] for start, end in zip([0, *ends], [*ends, n], strict=True)]


@settings(max_examples=6)
@given(st.data())
def test_vectors_are_the_same_in_any_order_part_batch_and_number_of_threads(
    drawn: Path, faces: FaceTable, models: tuple[Model, ...], expected: dict[str, np.ndarray], data: st.DataObject
) -> None:
    images = listed(drawn)
    parts = cut_up(data, len(images.image_id))
    shown_models = [with_batch(model, data.draw(st.integers(1, 9))) for model in models]
    workers = data.draw(st.sampled_from(["1", "3"]))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOOKALIKE_WORKERS", workers)
        table = Path(folder) / "faces.parquet"
        faces.write(table)
        job = VectorJob(drawn, Path(folder), TabledFaces(table), tuple((model, model.key()) for model in shown_models))
        do = job.start()
        for number, rows in enumerate(parts):
            do(Part(number, tuple((images.sha256[row], images.image_id[row]) for row in rows)))
        for model in models:
            under = shown(images.sha256, faces, model.crop)
            found = Store(Path(folder), model.key()).rows(under).values["embedding"]
            assert found.tobytes() == expected[model.name].tobytes(), model.name


@pytest.mark.parametrize("executor", [InlineExecutor(), LocalExecutor(1), LocalExecutor(2)])
def test_faces_are_the_detectors_own(drawn: Path, faces: FaceTable, tmp_path: Path, executor: Executor) -> None:
    images = listed(drawn)
    rows = find_known(tmp_path, images, FACES, executor)
    found = face_table(images.image_id, rows, np.zeros((len(rows), 2)))
    for name in ("detector", "score", "box", "landmarks"):
        assert np.array_equal(getattr(found, name), getattr(faces, name)), name


def test_a_search_and_an_embedding_in_one_pass_keep_what_two_passes_keep(
    drawn: Path, faces: FaceTable, models: tuple[Model, ...], expected: dict[str, np.ndarray], tmp_path: Path
) -> None:
    """As an index of a folder does it, whose faces nobody knows yet; one of them is known from before."""
    images, key = listed(drawn), face_key(FACES)
    job = FaceJob(drawn, tmp_path, FACES, key)
    pairs = list(zip(images.sha256, images.image_id, strict=True))
    job.start()(Part(0, (pairs[2],)))
    both = VectorJob(drawn, tmp_path, FoundFaces(job), tuple((model, model.key()) for model in models))
    for number, image in enumerate((pairs[:5], pairs[5:])):
        both.start()(Part(number, tuple(image)))
    rows = Store(tmp_path, key).rows(images.digest)
    assert np.array_equal(face_table(images.image_id, rows, np.zeros((len(rows), 2))).points, faces.points)
    for model in models:
        under = shown(images.sha256, faces, model.crop)
        assert np.array_equal(Store(tmp_path, model.key()).rows(under).values["embedding"], expected[model.name]), (
            model.name
        )


def test_a_vector_stands_under_the_face_and_not_under_who_found_it(faces: FaceTable, models: tuple[Model, ...]) -> None:
    sha256 = np.array([f"{row:064x}" for row in range(len(faces))], dtype=object)
    crop = models[0].crop
    before = shown(sha256, faces, crop)
    other = replace(faces, detector=np.full(len(faces), "another", dtype=object), score=faces.score * 0)
    assert np.array_equal(shown(sha256, other, crop), before)
    moved = faces.landmarks.copy()
    moved[3, 0, 0] += 0.25
    assert (shown(sha256, replace(faces, landmarks=moved), crop) != before).nonzero()[0].tolist() == [3]
    whole = crop.as_whole()
    assert np.array_equal(shown(sha256, faces, whole), from_hex(sha256))
    assert np.array_equal(shown(sha256, None, crop), from_hex(sha256))


class Neighbours(TorchBackbone):
    """Stands for a GPU: what it gives for an image depends on how many it is shown at once."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__(trunk, torch.device("cpu"))
        self.alone, self.shapes = False, set[int]()

    def begin(self, crops: np.ndarray):  # type: ignore[no-untyped-def]
        self.shapes.add(len(crops))
        features = crops.reshape(len(crops), -1)[:, :8].astype(np.float32) + len(crops)
        return lambda: features


def test_what_computes_a_batch_at_once_is_always_shown_a_whole_one() -> None:
    trunk = Trunk()
    trunk.dim = 8
    network = Neighbours(trunk)
    embedder = Embedder(network, None, EmbedOptions(batch=4))
    crops = np.random.default_rng(0).integers(0, 256, (9, 4, 4, 3), dtype=np.uint8)
    at_once = embedder.embed_all(crops, "embedding")
    one_by_one = np.concatenate([embedder.embed(crop[None]) for crop in crops])
    assert network.shapes == {4}
    assert at_once.tobytes() == one_by_one.tobytes() == embedder.embed(crops).tobytes()


def test_a_torch_network_on_the_cpu_computes_each_image_by_itself() -> None:
    stages = {"conv": torch.nn.Conv2d(3, 16, 3), "flat": torch.nn.Flatten(), "head": torch.nn.Linear(1600, 33)}
    trunk = Trunk.of(stages, 33, PixelScale((127.5,) * 3, (128.0,) * 3))
    crops = np.random.default_rng(1).integers(0, 256, (7, 12, 12, 3), dtype=np.uint8)
    network = TorchBackbone(trunk, torch.device("cpu"))
    alone = np.concatenate([network.embed(crops[row : row + 1]) for row in range(7)])
    assert network.embed(crops).tobytes() == alone.tobytes()
    assert network.embed(crops[:0]).shape == (0, 33)


def test_a_second_run_computes_nothing(
    drawn: Path, faces: FaceTable, models: tuple[Model, ...], tmp_path: Path
) -> None:
    class Never:
        here = True

        def run(self, job: object, parts: object) -> object:
            raise AssertionError("asked to compute")

    table, images = tmp_path / "faces.parquet", listed(drawn)
    faces.write(table)
    trained = next(model for model in models if model.name == TRAINED)
    first = embed_known(tmp_path, images, table, trained, InlineExecutor())
    again = embed_known(tmp_path, images, table, with_batch(trained, 3), Never())  # type: ignore[arg-type]
    assert first.values["embedding"].tobytes() == again.values["embedding"].tobytes()
    renamed = replace(trained, name="another")
    assert embed_known(tmp_path, images, table, renamed, Never()).ok.all()  # type: ignore[arg-type]
