"""One byte changed, anywhere in a file that a later stage reads: the reader refuses it and names it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.torch
import torch

from lookalike.backbones.trained import Training, read_trained, read_training, write_trained
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.plan import Plan
from lookalike.kit.arrays import read_array
from lookalike.kit.digests import Damaged, check_digest, read_checked_json
from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import read_table, write_table
from lookalike.params.retrieval import RetrievalOptions
from lookalike.run.layout import Layout
from lookalike.training.checkpoints import Checkpoints
from lookalike.weights.note import check_weights, noted_digest, write_note
from tests.recipes import save_array

ARRAY = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
COLUMNS = {
    "image_id": np.array(["a", "b"], dtype=object),
    "split": np.array(["train", "train"], dtype=object),
    "embedding": np.eye(2, 3, dtype=np.float32),
}
TENSORS = {"head.weight": torch.arange(6.0).reshape(2, 3)}
TRAINING = Training("tiny", "0" * 64, "trained")


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is written, read by us, and read by the library that everyone has."""

    write: Callable[[Path], None]
    read: Callable[[Path], Any]
    elsewhere: Callable[[Path], Any]


def save_checkpoint(path: Path) -> None:
    checkpoints = Checkpoints(path.parent, "run")
    checkpoints.save({"epoch": 1})
    (checkpoints.folder / "epoch.pt").rename(path)


KINDS = {
    "table": Kind(
        lambda path: write_table(path, COLUMNS, {"model": "tiny"}, ("split",)),
        lambda path: read_table(path, ["image_id"]),
        pd.read_parquet,
    ),
    "array": Kind(lambda path: save_array(path, ARRAY), read_array, np.load),
    "model": Kind(lambda path: write_trained(path, TRAINING, TENSORS), read_trained, safetensors.torch.load_file),
    "frozen model": Kind(lambda path: write_trained(path, TRAINING, {}), read_training, safetensors.torch.load_file),
    "plan": Kind(lambda path: Plan.equal("joint", ["a"], RetrievalOptions()).write(path), Plan.read, Path.read_text),
    "note": Kind(lambda path: write_note(path, "0" * 64), noted_digest, lambda path: json.loads(path.read_text())),
    "checkpoint": Kind(
        save_checkpoint, lambda path: check_digest(path) or pytest.fail("no digest"), lambda path: torch.load(path)
    ),
}


def damages(whole: bytes) -> Iterator[bytes]:
    """Yield a file with one byte changed, at each place of it; zeroed tails; and cut short."""
    for place in range(len(whole)):
        yield whole[:place] + bytes([whole[place] ^ 0x21]) + whole[place + 1 :]
    for place in range(0, len(whole) - 1, 7):
        if any(whole[place:]):
            yield whole[:place] + bytes(len(whole) - place)
        yield whole[:place]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_damage_of_a_file_goes_unseen(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "file"
    kind.write(path)
    whole = path.read_bytes()
    kind.read(path)
    accepted = []
    for number, damaged in enumerate(damages(whole)):
        path.write_bytes(damaged)
        try:
            kind.read(path)
            accepted.append(number)
        except LookalikeError as error:
            assert str(path) in str(error)
        except pytest.fail.Exception:
            pass
    assert accepted == []
    path.write_bytes(whole)
    kind.read(path)
    kind.elsewhere(path)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_same_content_gives_the_same_bytes(tmp_path: Path, kind: Kind) -> None:
    for name in ("one", "other"):
        kind.write(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_numpy_pandas_and_safetensors_read_what_they_read_before(tmp_path: Path) -> None:
    save_array(tmp_path / "a.npy", ARRAY)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), ARRAY)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), ARRAY)
    np.save(tmp_path / "plain.npy", ARRAY)
    assert (tmp_path / "a.npy").read_bytes().startswith((tmp_path / "plain.npy").read_bytes())
    write_table(tmp_path / "t.parquet", COLUMNS, {"model": "tiny"})
    assert pd.read_parquet(tmp_path / "t.parquet")["image_id"].tolist() == ["a", "b"]
    assert pq.read_schema(tmp_path / "t.parquet").metadata == {b"model": b"tiny"}
    write_trained(tmp_path / "t.safetensors", TRAINING, TENSORS)
    assert torch.equal(safetensors.torch.load_file(tmp_path / "t.safetensors")["head.weight"], TENSORS["head.weight"])


def test_a_table_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """A revision from before there were digests can still be compared with."""
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "old.parquet")
    assert read_table(tmp_path / "old.parquet", ["a"]).num_rows == 2
    (tmp_path / "old.json").write_text('{"a": 1}')
    assert read_checked_json(tmp_path / "old.json") == {"a": 1}


def test_a_name_that_looks_like_a_digest_does_not_mislead(tmp_path: Path) -> None:
    trap = f"sha256-of-this-file:{'7' * 64}"
    write_table(tmp_path / "t.parquet", {"image_id": np.array([trap] * 3, dtype=object)}, {"note": trap}, ("image_id",))
    assert read_table(tmp_path / "t.parquet", ["image_id"])["image_id"].to_pylist() == [trap] * 3


def test_the_confidence_of_a_damaged_plan_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "fusion.json"
    KINDS["plan"].write(path)
    path.write_text(path.read_text().replace('"base": 0.25', '"base": 0.35'))
    with pytest.raises(Damaged, match=r"fusion\.json: damaged"):
        Confidence.read(path)


def test_weights_are_held_against_their_note(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    weights, note = layout.weights("tiny"), layout.weights_note("tiny")
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"abc")
    write_note(note, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    check_weights(weights, noted_digest(note))
    weights.write_bytes(b"ab\0")
    with pytest.raises(Damaged, match=r"tiny\.weights: damaged: it has SHA-256 .*delete it"):
        check_weights(weights, noted_digest(note))


def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_is_used(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    checkpoints = Checkpoints(tmp_path, "run")
    for epoch in (1, 2):
        checkpoints.save({"epoch": epoch})
    assert checkpoints.load() == {"epoch": 2}
    last = checkpoints.folder / "epoch.pt"
    last.write_bytes(last.read_bytes()[:-100] + bytes(100))
    assert checkpoints.load() == {"epoch": 1}
    assert "epoch.pt: damaged" in capfd.readouterr().err
    assert (checkpoints.folder / "epoch.pt.damaged").exists()
    checkpoints.save({"epoch": 2})
    assert checkpoints.load() == {"epoch": 2}
