"""ArcFace against the paper's formula in float64, and at the points where a careless one is infinite."""

import math

import numpy as np
import pytest
import torch

from lookalike.params.train import TrainOptions
from lookalike.training.criterion import Criterion, build_criterion
from lookalike.training.losses import ArcFace, Center


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
    criterion = build_criterion(options, 8, 4)
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


def center_oracle(batches: list[tuple[np.ndarray, np.ndarray]], classes: int) -> tuple[list[float], np.ndarray]:
    """Equations 2 and 4 of the paper, image by image, with its alpha of 0.5."""
    centres, losses = np.zeros((classes, batches[0][0].shape[1])), []
    for embeddings, labels in batches:
        losses.append(np.mean([0.5 * np.sum((x - centres[y]) ** 2) for x, y in zip(embeddings, labels, strict=True)]))
        moved = centres.copy()
        for j in range(classes):
            own = [x for x, y in zip(embeddings, labels, strict=True) if y == j]
            moved[j] -= 0.5 * sum((centres[j] - x for x in own), np.zeros(centres.shape[1])) / (1 + len(own))
        centres = moved
    return losses, centres


def test_center_is_the_papers_formula() -> None:
    rng = np.random.default_rng(0)
    batches = [(rng.normal(size=(10, 6)), rng.integers(0, 4, 10)) for _ in range(3)]
    loss = Center(5, 6).double()
    found = [loss(torch.from_numpy(embeddings), torch.from_numpy(labels)).item() for embeddings, labels in batches]
    expected, centres = center_oracle(batches, 5)
    assert found == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(loss.centres.numpy(), centres, rtol=1e-12)


def test_centres_stand_still_outside_training() -> None:
    loss = Center(2, 3).eval()
    loss(torch.ones(4, 3), torch.tensor([0, 1, 0, 1]))
    assert not loss.centres.any()


def criterion_of(**train: object) -> Criterion:
    torch.manual_seed(0)
    return build_criterion(TrainOptions.model_validate({"recipe": "head", "margin": 0.2, **train}), 8, 4)


EMBEDDINGS = torch.randn(16, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(4).repeat(4)


def test_added_losses_add_up_by_their_weights() -> None:
    criterion = criterion_of(loss="proxy_anchor", added={"triplet": 0.2, "ce": 1.0, "center": 0.001})
    assert {name for name, _ in criterion.named_children()} == {"main", "added"}
    parts = {name: loss(EMBEDDINGS, LABELS).item() for name, loss in criterion.eval().added.items()}
    expected = (
        criterion.main(EMBEDDINGS, LABELS).item() + 0.2 * parts["triplet"] + parts["ce"] + 0.001 * parts["center"]
    )
    assert parts.keys() == {"triplet", "ce", "center"} and min(parts.values()) > 0
    assert criterion(EMBEDDINGS, LABELS).item() == pytest.approx(expected, rel=1e-6)


def test_a_classifier_of_unit_embeddings_sees_their_direction_alone() -> None:
    criterion = criterion_of(loss="proxy_anchor", added={"unit_ce": 1.0, "ce": 1.0})
    added = criterion.added
    unit = torch.nn.functional.normalize(EMBEDDINGS, dim=1)
    added["unit_ce"].classifier.load_state_dict(added["ce"].classifier.state_dict())
    loss = added["unit_ce"](EMBEDDINGS, LABELS).item()
    assert added["unit_ce"](7 * EMBEDDINGS, LABELS).item() == pytest.approx(loss, rel=1e-5)
    assert added["ce"](unit, LABELS).item() == pytest.approx(loss, rel=1e-5)
    assert added["ce"](EMBEDDINGS, LABELS).item() != pytest.approx(loss, rel=1e-5)


def test_a_mixture_shares_the_main_loss_alone() -> None:
    criterion = criterion_of(loss="arcface", added={"center": 10.0})
    own, other = criterion.main(EMBEDDINGS, LABELS), criterion.main(EMBEDDINGS, LABELS.flip(0))
    mixed = criterion.mixed(EMBEDDINGS, LABELS, LABELS.flip(0), 0.3)
    assert mixed.item() == pytest.approx((0.3 * own + 0.7 * other).item(), rel=1e-6)
    assert not criterion.added["center"].centres.any()


@pytest.mark.parametrize("loss", ["supcon", "triplet", "proxy_anchor"])
def test_a_loss_of_pairs_cannot_be_mixed(loss: str) -> None:
    with pytest.raises(ValueError, match="mixup needs a loss of single images"):
        TrainOptions.model_validate({"recipe": "head", "loss": loss, "mixup": 0.5})
