"""Stage `report`: everything the run made becomes one page to look at."""

import yaml

from lookalike.kit.entry import run_stage
from lookalike.kit.files import write_text
from lookalike.params.load import Params, load_params
from lookalike.report.data import collect
from lookalike.report.page import render
from lookalike.run.layout import Layout


def main() -> None:
    """Read the outputs of the run; write `reports/index.html`."""
    params, layout = load_params(), Layout()
    data = collect(layout, params.run.models, params_text(params))
    images = layout.images(params.run.dataset)
    write_text(layout.report, render(data, images, f"../{images.as_posix()}", params.report))


def params_text(params: Params) -> str:
    """Return the params that shaped the results, as YAML; what a model was is in its embeddings' metadata."""
    run = {
        "dataset": params.run.dataset,
        "models": params.run.models,
        "fusion": params.run.fusion,
        "seed": params.run.seed,
    }
    blocks = {
        "faces": params.faces,
        "validation": params.validation,
        "retrieval": params.retrieval,
        "fusion": params.fusion,
        "score": params.score,
        "report": params.report,
    }
    text = {"run": run} | {name: block.model_dump(mode="json") for name, block in blocks.items()}
    return yaml.safe_dump(text, sort_keys=False, allow_unicode=True)


if __name__ == "__main__":
    run_stage(main)
