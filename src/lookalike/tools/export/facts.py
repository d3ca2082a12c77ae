"""What an exported file says of itself: the recipe, the weights, and what training changed of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lookalike.kit.files import sha256_file
from lookalike.params.weights import WeightsOptions
from lookalike.run.files import Files

# Of a file's own metadata, where all facts share one entry.
KEY = "lookalike"
NO_LICENCE = "not recorded; ask where the weights come from"


@dataclass(frozen=True)
class Facts:
    """Where a model comes from, as text.

    Attributes:
        model: the recipe's name.
        recipe: its blocks, as JSON with sorted keys.
        weights_source: where the published weights come from.
        weights_sha256: their digest.
        licence: under which their maker gives them away, where that is recorded.
        trained_sha256: digest of what training changed.
        dataset: what the run that trained and judged it was of.
    """

    model: str
    recipe: str
    weights_source: str
    weights_sha256: str
    licence: str
    trained_sha256: str
    dataset: str

    @classmethod
    def of(cls, files: Files, model: str) -> "Facts":
        """Read the facts of a run's model."""
        params = files.params
        weights = params.weights_of(model)
        recipe = json.dumps(params.models[model].model_dump(mode="json"), sort_keys=True)
        return cls(
            model,
            recipe,
            weights.source,
            sha256_file(files.weights(model)),
            licence_of(weights),
            sha256_file(files.trained(model)),
            params.run.dataset,
        )

    def as_text(self) -> dict[str, str]:
        """Return the facts by name."""
        return dict(vars(self))


def licence_of(weights: WeightsOptions) -> str:
    """Return the licence of published weights, where params.yaml names it."""
    return str(weights.model_dump().get("licence") or NO_LICENCE)


def one_entry(facts: Mapping[str, str]) -> dict[str, str]:
    """Return facts as one entry of a file's metadata, whose format keeps several in no fixed order."""
    return {KEY: json.dumps(dict(facts), sort_keys=True)}
