"""Train one model by its recipe, or note that it stays as published; several processes by torchrun."""

from lookalike.backbones.registry import choose_device, load_backbone
from lookalike.backbones.trained import Training, write_trained
from lookalike.catalog.table import Catalog
from lookalike.embedding.crops import read_crops
from lookalike.kit.entry import run_stage
from lookalike.kit.files import sha256_file
from lookalike.params.load import Params, load_params
from lookalike.run.layout import Layout
from lookalike.training.distributed import Processes, processes
from lookalike.training.recipe import Outcome, fingerprint, train
from lookalike.training.record import write_record
from lookalike.training.resume import Store
from lookalike.training.training_set import split_lessons

LAYOUT = Layout()


def main(model: str) -> None:
    """Write data/models/<model>.safetensors and metrics/training/<model>.{csv,json}."""
    params = load_params()
    if params.models[model].train.recipe == "frozen":
        return _write(params, model, None)
    store = Store(LAYOUT.checkpoints, _fingerprint(params, model))
    with processes(choose_device(params.run.device)) as crew:
        outcome = _train(params, model, store, crew)
        crew.from_first(lambda: _write(params, model, outcome))
        crew.from_first(store.clear)


def _train(params: Params, model: str, store: Store, crew: Processes) -> Outcome:
    options = params.models[model]
    catalog = Catalog.read(LAYOUT.catalog)
    crops = read_crops(LAYOUT.crops(model), catalog, options.crop.size)
    fitting, holding = split_lessons(catalog.rows(catalog.ok), crops, params.validation)
    device = choose_device(params.run.device)
    backbone = load_backbone(options, LAYOUT.weights(model), device)
    return train(options, backbone, fitting, holding, params.run.seed, store, crew)


def _fingerprint(params: Params, model: str) -> str:
    inputs = (LAYOUT.catalog, LAYOUT.crops(model), LAYOUT.weights(model))
    options = (params.models[model], params.validation)
    recipe = [block.model_dump_json() for block in options]
    return fingerprint(model, *recipe, str(params.run.seed), params.run.device, *map(sha256_file, inputs))


def _write(params: Params, model: str, outcome: Outcome | None) -> None:
    kept = "frozen" if outcome is None else outcome.kept
    training = Training(model, sha256_file(LAYOUT.weights(model)), kept)
    write_trained(LAYOUT.trained(model), training, outcome.state if outcome else {})
    write_record(LAYOUT.training_record(model).parent, model, params.models[model].train.recipe, outcome)


if __name__ == "__main__":
    run_stage(main)
