"""Weights between the published and the trained ones.

A point on the straight line between the two often beats both ends on data that neither was fitted to, because it keeps
most of what training adds and loses less of what pretraining knew. Source: Wortsman et al., "Robust fine-tuning of
zero-shot models", CVPR 2022, section 3.
"""

from collections.abc import Mapping

from torch import Tensor, nn

from lookalike.validation.protocol import ValidationScore

State = dict[str, Tensor]
# Few, so that the choice cannot overfit the held-out identities.
SHARES = (1.0, 0.75, 0.5, 0.25)


def best_share(scores: Mapping[float, ValidationScore]) -> float:
    """Return the best share; of equals the one nearest to the trained weights.

    Args:
        scores: share -> what the weights so far from the published to the trained ones are worth.
    """
    return max(scores, key=lambda share: (scores[share].score, share))


def between(published: State, trained: State, share: float) -> State:
    """Return `published + share * (trained - published)`; whole numbers, which count batches, are the trained ones."""
    return {
        name: published[name].lerp(value, share) if value.is_floating_point() else value
        for name, value in trained.items()
    }


def copied(network: nn.Module) -> State:
    """Return the network's weights of this moment, in main memory."""
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
