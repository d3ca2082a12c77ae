"""The networks against those of facenet-pytorch in torch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from facenet_pytorch import MTCNN
from torch import nn

from lookalike.faces.networks import ChipNetwork, SlidingNetwork, onet, rnet

BATCH = 4


@pytest.fixture(scope="module")
def reference() -> MTCNN:
    return MTCNN()


def noise(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(size).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def in_torch(network: nn.Module, pixels: np.ndarray) -> list[np.ndarray]:
    """Return what the network says, its probability first."""
    with torch.inference_mode():
        *others, probability = network((torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.5) / 128)
    return [probability.numpy(), *(one.numpy() for one in others)]


@pytest.mark.parametrize(("name", "build"), [("rnet", rnet), ("onet", onet)])
@pytest.mark.parametrize("count", [1, BATCH, 2 * BATCH + 1])
def test_chips_give_what_torch_gives(
    reference: MTCNN, name: str, build: Callable[[int], ChipNetwork], count: int
) -> None:
    network = build(BATCH)
    chips = noise(count, network.size)
    found, expected = network(chips), in_torch(getattr(reference, name), chips)
    assert [one.shape for one in found] == [one.shape for one in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)


@pytest.mark.parametrize("shape", [(12, 12), (13, 40), (37, 24), (48, 96)])
def test_pnet_gives_what_torch_gives(reference: MTCNN, shape: tuple[int, int]) -> None:
    pixels = np.ascontiguousarray(noise(1, 96)[0, : shape[0], : shape[1]])
    for one, other in zip(SlidingNetwork()(pixels), in_torch(reference.pnet, pixels[None]), strict=True):
        np.testing.assert_allclose(one, other[0], atol=2e-6)


@pytest.mark.parametrize("build", [rnet, onet])
def test_a_chip_gives_the_same_bytes_beside_any_others(build: Callable[[int], ChipNetwork]) -> None:
    network = build(BATCH)
    chips = noise(9, network.size)
    order = np.random.default_rng(0).permutation(9)
    together, shuffled = network(chips), network(chips[order])
    for row in range(9):
        for one, other in zip(together, network(chips[row : row + 1]), strict=True):
            assert (one[row] == other[0]).all()
    for one, other in zip(together, shuffled, strict=True):
        assert (one[order] == other).all()
