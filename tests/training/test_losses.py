"""ArcFace against the paper's formula in float64, and at the points where a careless one is infinite."""

import math

import numpy as np
import pytest
import torch

from lookalike.training.losses import ArcFace, build_loss
from lookalike.training.options import TrainOptions


def oracle(embeddings: np.ndarray, centres: np.ndarray, labels: np.ndarray, margin: float, scale: float) -> float:
    """Equation 3 of the paper, image by image; past pi - m the logit goes on falling with the cosine."""
    losses = []
    for x, y in zip(embeddings, labels, strict=True):
        cosines = [float(x @ w / np.linalg.norm(x) / np.linalg.norm(w)) for w in centres]
        angle = math.acos(cosines[y])
        own = math.cos(angle + margin) if angle <= math.pi - margin else cosines[y] - margin * math.sin(margin)
        logits = [scale * (own if j == y else c) for j, c in enumerate(cosines)]
        top = max(logits)
        losses.append(-(logits[y] - top - math.log(sum(math.exp(value - top) for value in logits))))
    return float(np.mean(losses))


@pytest.mark.parametrize("margin", [0.0, 0.3, 0.5, 1.2])
def test_arcface_is_the_papers_formula(margin: float) -> None:
    rng = np.random.default_rng(0)
    embeddings, centres = rng.normal(size=(40, 6)), rng.normal(size=(5, 6))
    labels = rng.integers(0, 5, 40)
    embeddings[0] = -centres[labels[0]]  # beyond pi - m
    loss = ArcFace(5, 6, margin=math.degrees(margin), scale=64.0)
    loss.W.data = torch.tensor(centres.T, dtype=torch.float32)
    found = loss(torch.tensor(embeddings, dtype=torch.float32), torch.tensor(labels))
    assert found.item() == pytest.approx(oracle(embeddings, centres, labels, margin, 64.0), rel=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_arcface_is_finite_where_the_cosine_is_one(dtype: torch.dtype, sign: float) -> None:
    loss = ArcFace(3, 4, margin=28.6, scale=64.0)
    loss.W.data = torch.eye(4)[:, :3].contiguous()
    embeddings = (sign * 5 * torch.eye(4)[:3]).to(dtype).requires_grad_()
    value = loss(embeddings, torch.arange(3))
    value.backward()
    assert torch.isfinite(value)
    assert embeddings.grad is not None and torch.isfinite(embeddings.grad).all()
    assert loss.W.grad is not None and torch.isfinite(loss.W.grad).all()
    assert loss.W.dtype == torch.float32


def test_arcface_takes_half_precision_under_autocast() -> None:
    loss = ArcFace(3, 4, margin=28.6, scale=64.0)
    embeddings = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    expected = loss(embeddings.bfloat16().float(), labels)
    with torch.autocast("cpu", torch.bfloat16):
        found = loss(embeddings.bfloat16(), labels)
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("name", ["ce", "arcface", "cosface", "subcenter", "proxy_anchor", "supcon", "triplet"])
def test_every_loss_pulls_identities_apart(name: str) -> None:
    torch.manual_seed(0)
    options = TrainOptions.model_validate({"recipe": "head", "loss": name, "scale": 16.0, "margin": 0.2})
    criterion = build_loss(options, 8, 4)
    embeddings = torch.randn(16, 8).requires_grad_()
    labels = torch.arange(4).repeat(4)
    optimizer = torch.optim.Adam([embeddings, *criterion.parameters()], lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        criterion(embeddings, labels).backward()
        optimizer.step()
    unit = torch.nn.functional.normalize(embeddings.detach(), dim=1)
    cosine, same = unit @ unit.T, labels[:, None] == labels
    assert cosine[same].mean() > cosine[~same].mean() + 0.2
