"""Stage `catalog`: the folder of a dataset becomes a table of its images and a count of its faults."""

from lookalike.catalog.build import build_catalog
from lookalike.catalog.summary import summarise
from lookalike.kit.durations import clocks, note_work, since
from lookalike.kit.entry import run_stage
from lookalike.kit.files import write_json
from lookalike.kit.images.guard import guard
from lookalike.params.load import load_params
from lookalike.run.layout import Layout


def main() -> None:
    """Read `data/raw/<run.dataset>`; write `data/catalog.parquet` and `metrics/catalog.json`."""
    params, layout = load_params(), Layout()
    start = clocks()
    report = build_catalog(layout.images(params.run.dataset), params.dataset)
    guard().close()  # the time of its processes is told once they have ended
    note_work("catalog", len(report.catalog), *since(start))
    report.catalog.write(layout.catalog)
    write_json(layout.catalog_counts, summarise(report))


if __name__ == "__main__":
    run_stage(main)
