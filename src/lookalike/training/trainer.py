"""One recipe on one training set: what all its runs share is prepared once, and each starts from the same weights."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np
import torch
from torch import nn

from lookalike.backbones.base import Backbone, in_turn
from lookalike.backbones.head import build_head
from lookalike.backbones.transfer import fetched, to_device
from lookalike.kit.arrays import read_array
from lookalike.params.models import HeadOptions
from lookalike.params.train import TrainOptions
from lookalike.training.augment import Augment
from lookalike.training.blend import State, between, copied
from lookalike.training.checkpoints import Checkpoints
from lookalike.training.criterion import build_criterion
from lookalike.training.distributed import SINGLE_PROCESS, ProcessGroup
from lookalike.training.loop import Learner, fit
from lookalike.training.objective import Objective
from lookalike.training.progress import Progress, kept_weights
from lookalike.training.sampler import PairSampler
from lookalike.training.split import split_backbone
from lookalike.training.training_set import TrainingSet
from lookalike.training.views import CachedViews, FreshViews, PlainViews, SomeViews, Views, chunks, fill
from lookalike.validation.protocol import ValidationScore, validation_score

ADVICE = "delete it; training makes it again"
Assess = Callable[[nn.Module], ValidationScore]


@dataclass(frozen=True)
class Course:
    """One run: what it came to.

    Attributes:
        progress: what each epoch came to.
        checkpoints: where its weights are.
        every: whether all epochs' are, or those of the best one alone.
    """

    progress: Progress
    checkpoints: Checkpoints
    every: bool


class Trainer:
    """A recipe, its backbone and the images that teach it.

    Attributes:
        training: images, and who judges.
        options: how the network learns.
    """

    def __init__(
        self,
        head: HeadOptions,
        options: TrainOptions,
        backbone: Backbone,
        training: TrainingSet,
        seed: int,
        checkpoints: Checkpoints,
        group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        """Split the backbone and draw the head.

        Args:
            head: what is trained on top of the backbone.
            options: how; not `frozen`.
            backbone: with its pretrained weights; its learning stages are changed in place.
            training: images, and who judges.
            seed: of weights, batches, augmentation and dropout.
            checkpoints: where a killed run resumes from.
            group: the processes that run this training, each with the same arguments; all come to the same.
        """
        self.training, self.options, self._seed, self._group = training, options, seed, group
        self._parts, self._checkpoints = split_backbone(backbone, options), checkpoints
        generator = torch.Generator().manual_seed(seed)
        self._head = build_head(head, backbone.dim, generator).to(self._parts.device)
        self._network = nn.ModuleDict({"trunk": self._parts.learning, "head": self._head})
        self._published = copied(self._network)
        self._assessors = {judge: self._assessor(judge) for judge in training.judges}

    def course(self, judge: int | None, last: int) -> Course:
        """Fit all but a part of the identities, or with None all that teach, and stop after epoch `last`."""
        self._network.load_state_dict(self._published)
        checkpoints = self._checkpoints.part("all" if judge is None else f"part{judge}")
        assess = None if judge is None else partial(self._assessors[judge], self._whole)
        torch.manual_seed(self._seed)
        learner = self._learner(self.training.fitting(judge), assess, judge or 0)
        every = judge is not None and len(self.training.judges) > 1
        return Course(fit(learner, self.options, self._seed, checkpoints, last, every), checkpoints, every)

    def frozen(self, judge: int) -> ValidationScore:
        """Return what the published network is worth to a part of the identities."""
        self._network.load_state_dict(self._published)
        return self._group.from_rank_zero(lambda: self._assessors[judge](self._parts.learning))

    def weights(self, course: Course, epoch: int, share: float) -> State:
        """Return the weights after an epoch, or a point on the line from the published weights to them."""
        state = kept_weights(course.checkpoints, epoch, course.every)
        return state if share == 1 else between(self._published, state, share)

    def worth(self, judge: int, course: Course, epoch: int, share: float) -> ValidationScore:
        """Return what such weights are worth to the part of the identities that the course held out."""
        if share == 1:
            return course.progress.scores[epoch - 1]
        self._network.load_state_dict(self.weights(course, epoch, share))
        return self._group.from_rank_zero(lambda: self._assessors[judge](self._whole))

    @cached_property
    def _whole(self) -> nn.Module:
        return nn.Sequential(self._parts.learning, self._head)

    def _learner(self, fitted: np.ndarray, assess: Callable[[], ValidationScore] | None, part: int) -> Learner:
        images = self.training.images
        identities, target = np.unique(images.label[fitted].astype(str), return_inverse=True)
        criterion = build_criterion(self.options, self._head.dim, len(identities)).to(self._parts.device)
        return Learner(
            objective=Objective(self._parts.learning, self._head, criterion, self.options, self._group),
            views=SomeViews(self._views, np.flatnonzero(fitted[self._taught])),
            target=target,
            sampler=PairSampler(target, images.domain[fitted], self.options.identities, self.options.images),
            assess=assess,
            group=self._group,
            part=part,
        )

    @cached_property
    def _taught(self) -> np.ndarray:
        """Which images are fitted at all, (n,) bool."""
        return self.training.fitting(None)

    @cached_property
    def _views(self) -> Views:
        """Augmented views of the images that are fitted at all."""
        crops = self.training.images.crops[self._taught]
        fresh = FreshViews(crops, Augment(self.options.augment, crops.shape[1]), self._parts.frozen, self._seed)
        if not self.options.cached_views:
            return fresh
        path = self._checkpoints.folder / "views.npy"
        self._group.from_rank_zero(lambda: fill(path, fresh, len(crops), self.options.cached_views))
        return CachedViews(path, self._parts.device)

    def _assessor(self, judge: int) -> Assess:
        """Return what scores a network, in its present state, on the images of a part.

        What the frozen stages give of them is worked out, or found whole, when it is first needed.
        """
        images, own = self.training.images, np.flatnonzero(self.training.part == judge)
        path, device = self._checkpoints.folder / f"inputs{judge}.npy", self._parts.device
        plain = SomeViews(PlainViews(images.crops, self._parts.frozen), own)

        @cache
        def inputs() -> np.ndarray:
            fill(path, plain, len(own), 1, exact=True)
            return read_array(path, ADVICE)[0]

        def assess(network: nn.Module) -> ValidationScore:
            network.eval()
            with torch.inference_mode():
                shown = (to_device(inputs()[rows], device) for rows in chunks(len(own)))
                features = np.concatenate(list(in_turn(fetched(network(rows).float()) for rows in shown)))
            embedding = nn.functional.normalize(torch.from_numpy(features), dim=1).numpy()
            return validation_score(embedding, images.label[own], images.domain[own])

        return assess
