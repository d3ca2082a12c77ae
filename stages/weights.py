"""Fetch and verify the pretrained weights of one model."""

from pathlib import Path

from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.weights.fetch import fetch


def main(model: str) -> None:
    """Write data/weights/<model>.weights."""
    params = load_params()
    name = params.models[model].backbone.weights
    fetch(name, params.weights[name], Path("data/weights") / f"{model}.weights")


if __name__ == "__main__":
    run_stage(main)
