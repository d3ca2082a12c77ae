"""From a recipe to a trained model: what learns, from which views, and what is kept."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.backbones.base import Backbone
from lookalike.backbones.head import Head, build_head
from lookalike.backbones.options import ModelOptions
from lookalike.training.augment import Augment
from lookalike.training.cut import Cut, cut
from lookalike.training.judge import Verdict, judge
from lookalike.training.lessons import Lesson
from lookalike.training.loop import Learner, Row, State, fit
from lookalike.training.losses import build_loss
from lookalike.training.resume import Store
from lookalike.training.sampler import PairSampler
from lookalike.training.views import CachedViews, FreshViews, Views, chunks


@dataclass(frozen=True)
class Outcome:
    """What a training run has shown and what is kept of it.

    Attributes:
        state: tensors that replace the pretrained ones; empty where the frozen model is kept.
        history: one row an epoch.
        frozen: validation score before training.
        best: validation score of the best epoch.
        best_epoch: its number, from 1.
    """

    state: State
    history: list[Row]
    frozen: Verdict
    best: Verdict
    best_epoch: int

    @property
    def kept(self) -> str:
        """`trained` where training was a gain on the held-out identities, else `frozen`."""
        return "trained" if self.state else "frozen"


def train(
    options: ModelOptions, backbone: Backbone, fitting: Lesson, holding: Lesson, seed: int, store: Store
) -> Outcome:
    """Run a recipe; the frozen model is kept unless training beats it on the held-out identities.

    Args:
        options: the recipe; not `frozen`.
        backbone: with its pretrained weights; its learning stages are changed in place.
        fitting: images that teach.
        holding: images of other identities, which choose the epoch.
        seed: of weights, batches, augmentation and dropout.
        store: where a killed run is taken up from.
    """
    parts = cut(backbone, options.train)
    head = build_head(options.head, backbone.dim, torch.Generator().manual_seed(seed)).to(parts.device)
    inputs = torch.cat([parts.stem(holding.crops[rows]).cpu() for rows in chunks(len(holding))])
    frozen = _assessor(parts.tail, inputs, holding, parts.device)()
    assess = _assessor(nn.Sequential(parts.tail, head), inputs, holding, parts.device)
    views = _views(options, parts, fitting, seed, store)
    torch.manual_seed(seed)
    progress = fit(_learner(options, parts, head, views, fitting, assess), options.train, seed, store)
    state = progress.best_state if progress.best.score > frozen.score else {}
    return Outcome(state, progress.history, frozen, progress.best, progress.best_epoch)


def _learner(
    options: ModelOptions, parts: Cut, head: Head, views: Views, fitting: Lesson, assess: Callable[[], Verdict]
) -> Learner:
    identities, target = np.unique(fitting.label.astype(str), return_inverse=True)
    return Learner(
        tail=parts.tail,
        head=head,
        criterion=build_loss(options.train, head.dim, len(identities)).to(parts.device),
        views=views,
        target=torch.from_numpy(target),
        sampler=PairSampler(target, fitting.domain, options.train.identities, options.train.images),
        assess=assess,
    )


def _views(options: ModelOptions, parts: Cut, fitting: Lesson, seed: int, store: Store) -> Views:
    fresh = FreshViews(fitting.crops, Augment(options.train.augment, options.crop.size), parts.stem, seed)
    if not options.train.cached_views:
        return fresh
    return CachedViews(fresh, len(fitting), options.train.cached_views, store.folder / "views.npy", parts.device)


def _assessor(network: nn.Module, inputs: Tensor, holding: Lesson, device: torch.device) -> Callable[[], Verdict]:
    def assess() -> Verdict:
        network.eval()
        with torch.inference_mode():
            parts = [network(inputs[rows].to(device)).float().cpu() for rows in chunks(len(inputs))]
        embedding = nn.functional.normalize(torch.cat(parts), dim=1).numpy()
        return judge(embedding, holding.label, holding.domain)

    return assess


def fingerprint(*parts: str) -> str:
    """Return a short name for everything a run depends on."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
