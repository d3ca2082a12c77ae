"""Draw the embedded default dataset: params `sample` -> data/raw/sample/."""

from lookalike.kit.entry import run_stage
from lookalike.kit.files import atomic_path
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.sample.dataset import write_dataset


def main() -> None:
    """Write the dataset whole or not at all."""
    with atomic_path(Layout().images("sample")) as folder:
        write_dataset(folder, load_params().sample)


if __name__ == "__main__":
    run_stage(main)
