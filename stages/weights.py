"""Fetch and verify the pretrained weights of one model."""

from lookalike.kit.entry import run_stage
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.weights.fetch import fetch
from lookalike.weights.note import write_note


def main(model: str) -> None:
    """Write data/weights/<model>.weights, and <model>.json, its digest."""
    params, layout = load_params(), Layout()
    name = params.models[model].backbone.weights
    places = layout.weights(model), layout.manual_weights, layout.weights_lock
    write_note(layout.weights_note(model), fetch(name, params.weights[name], *places))


if __name__ == "__main__":
    run_stage(main)
