"""From a recipe to a trained model: what learns, from which views, and what is kept."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from lookalike.backbones.base import Backbone, in_turn
from lookalike.backbones.head import Head, build_head
from lookalike.backbones.transfer import fetched, to_device
from lookalike.params.models import HeadOptions
from lookalike.params.train import TrainOptions
from lookalike.training.augment import Augment
from lookalike.training.blend import Blend, best_blend, copied
from lookalike.training.checkpoints import Checkpoints
from lookalike.training.criterion import build_criterion
from lookalike.training.distributed import SINGLE_PROCESS, ProcessGroup
from lookalike.training.loop import Learner, fit
from lookalike.training.objective import Objective
from lookalike.training.record import Outcome
from lookalike.training.sampler import PairSampler
from lookalike.training.split import SplitBackbone, split_backbone
from lookalike.training.training_set import LabelledCrops
from lookalike.training.views import CachedViews, FreshViews, Views, chunks, fill
from lookalike.validation.protocol import ValidationScore, validation_score


def train(
    head: HeadOptions,
    options: TrainOptions,
    backbone: Backbone,
    fitting: LabelledCrops,
    held_out: LabelledCrops,
    seed: int,
    checkpoints: Checkpoints,
    group: ProcessGroup = SINGLE_PROCESS,
) -> Outcome:
    """Train by a recipe; the frozen model is kept unless training beats it on the held-out identities.

    Args:
        head: what is trained on top of the backbone.
        options: how; not `frozen`.
        backbone: with its pretrained weights; its learning stages are changed in place.
        fitting: images to fit.
        held_out: images of other identities, which choose the epoch.
        seed: of weights, batches, augmentation and dropout.
        checkpoints: where a killed run resumes from.
        group: the processes that run this training, each with the same arguments; all return the same outcome.
    """
    parts = split_backbone(backbone, options)
    layers = build_head(head, backbone.dim, torch.Generator().manual_seed(seed)).to(parts.device)
    begun = (fetched(parts.frozen(held_out.crops[rows])) for rows in chunks(len(held_out)))
    inputs = np.concatenate(list(in_turn(begun)))
    frozen = group.from_rank_zero(_assessor(parts.learning, inputs, held_out, parts.device))
    assess = _assessor(nn.Sequential(parts.learning, layers), inputs, held_out, parts.device)
    views = _views(options, parts, fitting, seed, checkpoints, group)
    network = nn.ModuleDict({"trunk": parts.learning, "head": layers})
    published = copied(network)
    torch.manual_seed(seed)
    progress = fit(_learner(options, parts, layers, views, fitting, assess, group), options, seed, checkpoints)
    best = Blend(progress.best_state, 1.0, progress.best)
    if options.blend:
        best = best_blend(network, published, progress.best_state, lambda: group.from_rank_zero(assess))
    state = best.state if best.validation.score > frozen.score else {}
    return Outcome(state, progress.history, frozen, best.validation, progress.best_epoch, best.share)


def _learner(
    options: TrainOptions,
    parts: SplitBackbone,
    head: Head,
    views: Views,
    fitting: LabelledCrops,
    assess: Callable[[], ValidationScore],
    group: ProcessGroup,
) -> Learner:
    identities, target = np.unique(fitting.label.astype(str), return_inverse=True)
    criterion = build_criterion(options, head.dim, len(identities)).to(parts.device)
    return Learner(
        objective=Objective(parts.learning, head, criterion, options, group),
        views=views,
        target=target,
        sampler=PairSampler(target, fitting.domain, options.identities, options.images),
        assess=assess,
        group=group,
    )


def _views(
    options: TrainOptions,
    parts: SplitBackbone,
    fitting: LabelledCrops,
    seed: int,
    checkpoints: Checkpoints,
    group: ProcessGroup,
) -> Views:
    augment = Augment(options.augment, fitting.crops.shape[1])
    fresh = FreshViews(fitting.crops, augment, parts.frozen, seed)
    if not options.cached_views:
        return fresh
    path = checkpoints.folder / "views.npy"
    group.from_rank_zero(lambda: fill(path, fresh, len(fitting), options.cached_views))
    return CachedViews(path, parts.device)


def _assessor(
    network: nn.Module, inputs: np.ndarray, held_out: LabelledCrops, device: torch.device
) -> Callable[[], ValidationScore]:
    def assess() -> ValidationScore:
        network.eval()
        with torch.inference_mode():
            begun = (fetched(network(to_device(inputs[rows], device)).float()) for rows in chunks(len(inputs)))
            parts = list(in_turn(begun))
        embedding = nn.functional.normalize(torch.from_numpy(np.concatenate(parts)), dim=1).numpy()
        return validation_score(embedding, held_out.label, held_out.domain)

    return assess
