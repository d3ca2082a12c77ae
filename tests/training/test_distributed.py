"""Two processes under torchrun, over gloo, end where one does."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lookalike.backbones.trained import read_trained
from lookalike.kit.errors import LookalikeError
from lookalike.training.distributed import block
from tests.training.project import make, run, run_here, trained

# Slow: two processes of torchrun load torch each, which is most of the time.
pytestmark = pytest.mark.slow

TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")


MANY_LOSSES = {"loss": "arcface", "added": {"triplet": 0.5, "center": 0.01, "ce": 0.5}, "mixup": 0.5}


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({**MANY_LOSSES, "scale": 16.0, "margin": 0.2, "epochs": 3}, "trained"),
        ({"epochs": 2, "blend": True, "cross_fit": True}, "refitted"),
    ],
)
def test_two_processes_end_in_the_weights_of_one(settings: dict[str, object], kept: str, tmp_path: Path) -> None:
    """Class centres, pairs, mixtures across processes, a cache that both read; and what saves memory besides."""
    settings = {**settings, "cached_views": 2, "augment": {"flip": 0.5}}
    single = make(tmp_path / "single", **settings)
    several = make(tmp_path / "several", **settings, accumulate=2, checkpoint_gradients=True)
    run_here(single)
    life = run(several, *TORCHRUN)
    assert life.returncode == 0, life.stderr
    (training, expected), (found_training, found) = (read_trained(trained(folder)) for folder in (single, several))
    assert training == found_training and training.kept == kept
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-5)


def test_blocks_are_equal_and_in_order() -> None:
    rows = np.arange(12)
    np.testing.assert_array_equal(np.concatenate([block(rows, rank, 3) for rank in range(3)]), rows)
    with pytest.raises(LookalikeError, match=r"12 images does not divide among 5 processes; make train.identities"):
        block(rows, 0, 5)
