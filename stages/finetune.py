"""Train one model by its recipe, or note that it stays as published; several processes by torchrun."""

from dataclasses import replace

from lookalike.backbones.trained import Training, write_apart, write_trained
from lookalike.catalog.table import Catalog
from lookalike.embedding.crops import read_crops
from lookalike.kit.entry import run_stage
from lookalike.kit.files import sha256_file
from lookalike.params.load import Params, load_params
from lookalike.run.layout import Layout
from lookalike.training.record import Outcome, write_record
from lookalike.weights.note import check_weights, noted_digest

LAYOUT = Layout()


def main(model: str) -> None:
    """Write data/models/<model>.safetensors, data/apart/<model> and metrics/training/<model>.{csv,json}."""
    params = load_params()
    check_weights(LAYOUT.weights(model), noted_digest(LAYOUT.weights_note(model)))
    if params.models[model].train.recipe == "frozen":
        _write(params, model, None)
    else:
        _finetune(params, model)


def _finetune(params: Params, model: str) -> None:
    # Imported here, because a frozen model needs neither torch nor the training code.
    from lookalike.backbones.registry import choose_device, load_backbone, torch_device
    from lookalike.training.checkpoints import Checkpoints, fingerprint
    from lookalike.training.distributed import process_group
    from lookalike.training.train import train
    from lookalike.training.trainer import Trainer
    from lookalike.training.training_set import training_set

    recipe, run = params.models[model], params.run
    crops, weights = inputs = LAYOUT.crops(model), LAYOUT.weights(model)
    blocks = (recipe.backbone, recipe.crop, recipe.head, recipe.train, params.validation)
    texts = (model, *(block.model_dump_json() for block in blocks), str(run.seed), run.device)
    checkpoints = Checkpoints(LAYOUT.checkpoints, fingerprint(*texts, *map(sha256_file, (LAYOUT.training, *inputs))))
    with process_group(device := torch_device(choose_device(run.device))) as group:
        catalog = Catalog.read(LAYOUT.training)
        images = read_crops(crops, len(catalog), recipe.crop.size)
        training = training_set(catalog, images, params.validation, recipe.train.cross_fit)
        backbone = load_backbone(recipe.backbone, recipe.crop.size, weights, device)
        outcome = train(Trainer(recipe.head, recipe.train, backbone, training, run.seed, checkpoints, group))
        group.from_rank_zero(lambda: _write(params, model, outcome))
        group.from_rank_zero(checkpoints.clear)


def _write(params: Params, model: str, outcome: Outcome | None) -> None:
    training = Training(model, sha256_file(LAYOUT.weights(model)), outcome.kept if outcome else "frozen")
    write_trained(LAYOUT.trained(model), training, outcome.state if outcome else {})
    write_apart(LAYOUT.apart(model), replace(training, kept="trained"), outcome.apart if outcome else {})
    write_record(LAYOUT.training_record(model).parent, model, params.models[model].train.recipe, outcome)


if __name__ == "__main__":
    run_stage(main)
