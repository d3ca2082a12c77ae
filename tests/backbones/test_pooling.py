"""Generalised-mean pooling against its formula in float64, and on the transformers it is for."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from lookalike.backbones.families import onnx
from lookalike.backbones.families import open_clip as clip
from lookalike.backbones.families import timm as timm_family
from lookalike.backbones.pooling import EPSILON, ClassToken, Gem, with_gem
from lookalike.backbones.trunk import TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError

CPU = torch.device("cpu")
TOKENS = torch.randn(3, 10, 6, generator=torch.Generator().manual_seed(0))


def gem(p: float, prefix: int = 1) -> Gem:
    pool = Gem(prefix)
    pool.p.data.fill_(p)
    return pool


@pytest.mark.parametrize("p", [1.0, 3.0, 4.7])
@pytest.mark.parametrize("prefix", [1, 5])
def test_gem_is_the_papers_formula(p: float, prefix: int) -> None:
    tokens = TOKENS.double().numpy()[:, prefix:]
    expected = (np.maximum(tokens, EPSILON) ** p).mean(1) ** (1 / p)
    np.testing.assert_allclose(gem(p, prefix)(TOKENS).detach().numpy(), expected, rtol=1e-5)


def test_a_large_p_is_the_maximum_and_stays_finite() -> None:
    pool = gem(1000.0)
    pooled = pool(TOKENS)
    torch.testing.assert_close(pooled, TOKENS[:, 1:].clamp(min=EPSILON).amax(1), rtol=5e-3, atol=1e-5)
    pooled.sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in pool.parameters() if parameter.grad is not None)


def test_p_learns() -> None:
    pool = gem(3.0)
    pool(TOKENS).sum().backward()
    assert pool.p.grad is not None and pool.p.grad.item() > 0


def vit() -> Trunk:
    name = "vit_tiny_patch16_224"
    return timm_family.build(name, timm.create_model(name, num_classes=0).state_dict(), 224)


def clip_b32() -> Trunk:
    visual = clip.image_encoder("ViT-B-32-quickgelu")
    return clip.build("ViT-B-32-quickgelu", {f"visual.{name}": value for name, value in visual.state_dict().items()})


@pytest.mark.parametrize(("build", "width"), [(vit, 192), (clip_b32, 768)])
def test_transformers_of_both_families_pool_their_patches(build: Callable[[], Trunk], width: int) -> None:
    trunk = build()
    crops = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    before = TorchBackbone(trunk, CPU).embed(crops)
    assert isinstance(trunk[-1], ClassToken)
    pooled = with_gem(TorchBackbone(trunk, CPU))
    found = pooled.embed(crops)
    assert found.shape == (2, width) == (2, pooled.dim)
    assert (found >= 0).all() and (before < 0).any()


def test_what_has_no_patch_tokens_is_a_clear_error(sface: Path) -> None:
    with pytest.raises(LookalikeError, match="patch tokens of a ViT"):
        with_gem(onnx.load("sface", sface, 112, CPU, "fp32"))
