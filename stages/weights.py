"""Fetch and verify the pretrained weights of one model."""

from pathlib import Path

from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.weights.fetch import fetch


def main(model: str) -> None:
    """Write data/weights/<model>.weights."""
    fetch(model, load_params().weights[model], Path("data/weights") / f"{model}.weights")


if __name__ == "__main__":
    run_stage(main)
