"""From a recipe to a trained model: what learns, from which views, and what is kept."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.backbones.base import Backbone
from lookalike.backbones.head import Head, build_head
from lookalike.params.models import Recipe
from lookalike.training.augment import Augment
from lookalike.training.blend import Blend, best_blend, copied
from lookalike.training.criterion import build_criterion
from lookalike.training.cut import Cut, cut
from lookalike.training.distributed import ALONE, Processes
from lookalike.training.judge import Verdict, judge
from lookalike.training.loop import Learner, Row, State, fit
from lookalike.training.objective import Objective
from lookalike.training.resume import Store
from lookalike.training.sampler import PairSampler
from lookalike.training.training_set import Lesson
from lookalike.training.views import CachedViews, FreshViews, Views, chunks, fill


@dataclass(frozen=True)
class Outcome:
    """What a training run has shown and what is kept of it.

    Attributes:
        state: tensors that replace the pretrained ones; empty where the frozen model is kept.
        history: one row an epoch.
        frozen: validation score before training.
        best: validation score of what training gave: the best epoch, or its blend with the published weights.
        best_epoch: its number, from 1.
        share: how far the blend is from the published weights; 1 for the best epoch itself.
    """

    state: State
    history: list[Row]
    frozen: Verdict
    best: Verdict
    best_epoch: int
    share: float = 1.0

    @property
    def kept(self) -> str:
        """`trained` where training was a gain on the held-out identities, else `frozen`."""
        return "trained" if self.state else "frozen"


def train(
    options: Recipe,
    backbone: Backbone,
    fitting: Lesson,
    holding: Lesson,
    seed: int,
    store: Store,
    crew: Processes = ALONE,
) -> Outcome:
    """Run a recipe; the frozen model is kept unless training beats it on the held-out identities.

    Args:
        options: the recipe; not `frozen`.
        backbone: with its pretrained weights; its learning stages are changed in place.
        fitting: images that teach.
        holding: images of other identities, which choose the epoch.
        seed: of weights, batches, augmentation and dropout.
        store: where a killed run is taken up from.
        crew: the processes that run this together, each with the same arguments; all return the same outcome.
    """
    parts = cut(backbone, options.train)
    head = build_head(options.head, backbone.dim, torch.Generator().manual_seed(seed)).to(parts.device)
    inputs = torch.cat([parts.stem(holding.crops[rows]).cpu() for rows in chunks(len(holding))])
    frozen = crew.from_first(_assessor(parts.tail, inputs, holding, parts.device))
    assess = _assessor(nn.Sequential(parts.tail, head), inputs, holding, parts.device)
    views = _views(options, parts, fitting, seed, store, crew)
    network = nn.ModuleDict({"trunk": parts.tail, "head": head})
    published = copied(network)
    torch.manual_seed(seed)
    progress = fit(_learner(options, parts, head, views, fitting, assess, crew), options.train, seed, store)
    best = Blend(progress.best_state, 1.0, progress.best)
    if options.train.blend:
        best = best_blend(network, published, progress.best_state, lambda: crew.from_first(assess))
    state = best.state if best.verdict.score > frozen.score else {}
    return Outcome(state, progress.history, frozen, best.verdict, progress.best_epoch, best.share)


def _learner(
    options: Recipe,
    parts: Cut,
    head: Head,
    views: Views,
    fitting: Lesson,
    assess: Callable[[], Verdict],
    crew: Processes,
) -> Learner:
    identities, target = np.unique(fitting.label.astype(str), return_inverse=True)
    criterion = build_criterion(options.train, head.dim, len(identities)).to(parts.device)
    return Learner(
        objective=Objective(parts.tail, head, criterion, options.train, crew),
        views=views,
        target=torch.from_numpy(target).to(parts.device),
        sampler=PairSampler(target, fitting.domain, options.train.identities, options.train.images),
        assess=assess,
        crew=crew,
    )


def _views(options: Recipe, parts: Cut, fitting: Lesson, seed: int, store: Store, crew: Processes) -> Views:
    fresh = FreshViews(fitting.crops, Augment(options.train.augment, options.crop.size), parts.stem, seed)
    if not options.train.cached_views:
        return fresh
    path = store.folder / "views.npy"
    crew.from_first(lambda: fill(path, fresh, len(fitting), options.train.cached_views))
    return CachedViews(path, parts.device)


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
