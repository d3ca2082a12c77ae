from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lookalike.params.load import read_mapping
from lookalike.tools.sweep.plan import Sweep, load_sweep

ROOT = Path(__file__).parents[3]
RATE = "models.sface_tuned.train.lr_backbone"
EPOCHS = "models.sface_tuned.train.epochs"
LOSS = "models.sface_tuned.train.loss"
FILE: dict[str, Any] = {
    "name": "try",
    "judge": "sface_tuned",
    "trials": 12,
    "seed": 3,
    "knobs": {
        RATE: {"low": 1e-6, "high": 1e-3, "log": True},
        EPOCHS: {"low": 2, "high": 5},
        LOSS: ["supcon", "triplet"],
    },
}

Load = Callable[..., Sweep]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """What reads a sweep's file, `FILE` with some keys changed, against the params of this project."""

    def read(**changes: Any) -> Sweep:
        path = tmp_path / "sweep.yaml"
        path.write_text(yaml.safe_dump({key: value for key, value in (FILE | changes).items() if value is not None}))
        return load_sweep(path, read_mapping(ROOT / "params.yaml"))

    return read
