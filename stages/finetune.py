"""Train one model by its recipe, or note that it stays as published; several processes by torchrun."""

from pathlib import Path

from lookalike.backbones.trained import Training, write_trained
from lookalike.catalog.table import Catalog
from lookalike.embedding.crops import read_crops
from lookalike.kit.entry import run_stage
from lookalike.kit.files import sha256_file
from lookalike.params.load import Params, load_params
from lookalike.training.record import Outcome, write_record

DATA, METRICS = Path("data"), Path("metrics/training")
SCRATCH = Path(".cache/lookalike/training")


def main(model: str) -> None:
    """Write data/models/<model>.safetensors and metrics/training/<model>.{csv,json}."""
    params = load_params()
    if params.models[model].train.recipe == "frozen":
        _write(params, model, None)
    else:
        _finetune(params, model)


def _finetune(params: Params, model: str) -> None:
    # Imported here, because a frozen model needs neither torch nor the training code.
    from lookalike.backbones.registry import choose_device, load_backbone
    from lookalike.training.checkpoints import Checkpoints, fingerprint
    from lookalike.training.distributed import process_group
    from lookalike.training.train import train
    from lookalike.training.training_set import split_training_set

    recipe, run = params.models[model], params.run
    crops, weights = DATA / "crops" / f"{model}.npy", DATA / "weights" / f"{model}.weights"
    blocks = (recipe.backbone, recipe.crop, recipe.head, recipe.train, params.validation)
    texts = (model, *(block.model_dump_json() for block in blocks), str(run.seed), run.device)
    inputs = map(sha256_file, (DATA / "catalog.parquet", crops, weights))
    checkpoints = Checkpoints(SCRATCH, fingerprint(*texts, *inputs))
    device = choose_device(run.device)
    with process_group(device) as group:
        catalog = Catalog.read(DATA / "catalog.parquet")
        images = read_crops(crops, catalog, recipe.crop.size)
        fitting, held_out = split_training_set(catalog.rows(catalog.ok), images, params.validation)
        backbone = load_backbone(recipe.backbone, recipe.crop.size, weights, device)
        outcome = train(recipe.head, recipe.train, backbone, fitting, held_out, run.seed, checkpoints, group)
        group.from_rank_zero(lambda: _write(params, model, outcome))
        group.from_rank_zero(checkpoints.clear)


def _write(params: Params, model: str, outcome: Outcome | None) -> None:
    kept = "frozen" if outcome is None else outcome.kept
    training = Training(model, sha256_file(DATA / "weights" / f"{model}.weights"), kept)
    write_trained(DATA / "models" / f"{model}.safetensors", training, outcome.state if outcome else {})
    write_record(METRICS, model, params.models[model].train.recipe, outcome)


if __name__ == "__main__":
    run_stage(main)
