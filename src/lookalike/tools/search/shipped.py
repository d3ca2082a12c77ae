"""What is known of published models' answers, for whoever has no identities that resemble the gallery.

`shipped.json` is written by `python -m benchmarks.trust --ship`, and says what it was learned on.
"""

import json
from pathlib import Path

from lookalike.embedding.recipe import preprocessing
from lookalike.fusion.confidence import Confidence
from lookalike.params.retrieval import RetrievalOptions
from lookalike.tools.search.run import SearchRun
from lookalike.tools.search.systems import System

PATH = Path(__file__).parent / "shipped.json"


def shipped_confidence(run: SearchRun, system: System) -> Confidence | None:
    """Return what is shipped for a system; None unless it is one published model, compared by plain cosine."""
    if len(system.models) != 1:
        return None
    recipe = run.params.models[system.models[0]]
    plain = RetrievalOptions(transductive=False).model_copy(update={"depth": system.plan.retrieval.depth})
    if recipe.train.recipe != "frozen" or system.plan.retrieval != plain:
        return None
    weights = run.params.weights_of(system.models[0]).sha256
    known = json.loads(PATH.read_text(encoding="utf-8"))["models"]
    value = known.get(f"{weights} {preprocessing(recipe.crop, recipe.embed.views)}")
    return None if value is None else Confidence.of(value)
