"""Stage `sources`: which files make one model's backbone, so that a change of another family's file reruns nothing.

DVC cannot name the file of `models.<model>.backbone.family` as a dependency; what depends on it depends on this note.
"""

from lookalike.kit.entry import run_stage
from lookalike.kit.files import write_json
from lookalike.kit.sources import PACKAGE, digests_of, sources_of
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main(model: str) -> None:
    """Write data/sources/<model>.json: file of the package -> SHA-256."""
    family = load_params().models[model].backbone.family
    sources = sources_of(PACKAGE / f"backbones/families/{family}.py")
    write_json(Layout().sources(model), digests_of(sources))


if __name__ == "__main__":
    run_stage(main)
