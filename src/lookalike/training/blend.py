"""Weights between the published and the trained ones.

A point on the straight line between the two often beats both ends on data that neither was fitted to, because it keeps
most of what training adds and loses less of what pretraining knew. Source: Wortsman et al., "Robust fine-tuning of
zero-shot models", CVPR 2022, section 3.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from lookalike.validation.protocol import ValidationScore

State = dict[str, Tensor]
# Few, so that the choice cannot overfit the held-out identities.
SHARES = (1.0, 0.75, 0.5, 0.25)


@dataclass(frozen=True)
class Blend:
    """A point on the line.

    Attributes:
        state: its weights.
        share: how far it is from the published weights, 1 for the trained ones.
        validation: what they are worth on the held-out identities.
    """

    state: State
    share: float
    validation: ValidationScore


def best_blend(network: nn.Module, published: State, trained: State, assess: Callable[[], ValidationScore]) -> Blend:
    """Return the best point of `SHARES`; of equals the one nearest to the trained weights.

    Args:
        network: is given each point's weights in turn.
        published: its weights before training.
        trained: after.
        assess: scores the network in its present state.
    """
    blends = (_blend(network, published, trained, share, assess) for share in SHARES)
    return max(blends, key=lambda blend: blend.validation.score)


def _blend(
    network: nn.Module, published: State, trained: State, share: float, assess: Callable[[], ValidationScore]
) -> Blend:
    state = between(published, trained, share)
    network.load_state_dict(state)
    return Blend(state, share, assess())


def between(published: State, trained: State, share: float) -> State:
    """Return `published + share * (trained - published)`; whole numbers, which count batches, are the trained ones."""
    return {
        name: published[name].lerp(value, share) if value.is_floating_point() else value
        for name, value in trained.items()
    }


def copied(network: nn.Module) -> State:
    """Return the network's weights of this moment, in main memory."""
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
