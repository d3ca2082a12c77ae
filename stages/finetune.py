"""Train one model by its recipe, or note that it stays as published; several processes by torchrun."""

from pathlib import Path

from lookalike.backbones.registry import choose_device, load_backbone
from lookalike.backbones.trained import Training, write_trained
from lookalike.catalog.table import Catalog
from lookalike.embedding.crops import read_crops
from lookalike.kit.entry import run_stage
from lookalike.kit.files import sha256_file
from lookalike.params.load import Params, load_params
from lookalike.training.distributed import Processes, processes
from lookalike.training.recipe import Outcome, fingerprint, train
from lookalike.training.record import write_record
from lookalike.training.resume import Store
from lookalike.training.training_set import split_lessons

DATA, METRICS = Path("data"), Path("metrics/training")
SCRATCH = Path(".cache/lookalike/training")


def main(model: str) -> None:
    """Write data/models/<model>.safetensors and metrics/training/<model>.{csv,json}."""
    params = load_params()
    if params.models[model].train.recipe == "frozen":
        return _write(params, model, None)
    store = Store(SCRATCH, _fingerprint(params, model))
    with processes(choose_device(params.run.device)) as crew:
        outcome = _train(params, model, store, crew)
        crew.from_first(lambda: _write(params, model, outcome))
        crew.from_first(store.clear)


def _train(params: Params, model: str, store: Store, crew: Processes) -> Outcome:
    options = params.models[model]
    catalog = Catalog.read(DATA / "catalog.parquet")
    crops = read_crops(DATA / "crops" / f"{model}.npy", catalog, options.crop.size)
    fitting, holding = split_lessons(catalog.rows(catalog.ok), crops, params.validation)
    device = choose_device(params.run.device)
    backbone = load_backbone(options.backbone, options.crop.size, DATA / "weights" / f"{model}.weights", device)
    return train(options, backbone, fitting, holding, params.run.seed, store, crew)


def _fingerprint(params: Params, model: str) -> str:
    inputs = (DATA / "catalog.parquet", DATA / "crops" / f"{model}.npy", DATA / "weights" / f"{model}.weights")
    recipe = params.models[model]
    blocks = (recipe.backbone, recipe.crop, recipe.head, recipe.train, params.validation)
    texts = (*(block.model_dump_json() for block in blocks), str(params.run.seed), params.run.device)
    return fingerprint(model, *texts, *map(sha256_file, inputs))


def _write(params: Params, model: str, outcome: Outcome | None) -> None:
    kept = "frozen" if outcome is None else outcome.kept
    training = Training(model, sha256_file(DATA / "weights" / f"{model}.weights"), kept)
    write_trained(DATA / "models" / f"{model}.safetensors", training, outcome.state if outcome else {})
    write_record(METRICS, model, params.models[model].train.recipe, outcome)


if __name__ == "__main__":
    run_stage(main)
