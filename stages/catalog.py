"""Stage `catalog`: the folder of a dataset becomes a table of its images and a count of its faults."""

from pathlib import Path

from lookalike.catalog.build import build_catalog
from lookalike.catalog.summary import summarise
from lookalike.kit.entry import run_stage
from lookalike.kit.files import write_json
from lookalike.params.load import load_params


def main() -> None:
    """Read `data/raw/<run.dataset>`; write `data/catalog.parquet` and `metrics/catalog.json`."""
    params = load_params()
    report = build_catalog(Path("data/raw") / params.run.dataset, params.dataset)
    report.catalog.write(Path("data/catalog.parquet"))
    write_json(Path("metrics/catalog.json"), summarise(report))


if __name__ == "__main__":
    run_stage(main)
