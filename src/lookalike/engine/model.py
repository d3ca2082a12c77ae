"""A model as any process can load it, and what its vectors stand for."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.backbones.compiled import PACKAGES
from lookalike.backbones.registry import Device
from lookalike.backbones.trained import read_training
from lookalike.engine.keys import DECODERS, Key, processor, versions
from lookalike.kit.files import sha256_file
from lookalike.kit.sources import code_digest
from lookalike.params.crop import CropOptions
from lookalike.params.models import BackboneOptions, EmbedOptions, HeadOptions

if TYPE_CHECKING:
    from lookalike.embedding.embedder import Embedder


@dataclass(frozen=True)
class Model:
    """One model.

    Attributes:
        name: what people call it.
        backbone: the published network.
        crop: what it is shown of an image.
        head: what stands behind it where it was trained.
        embed: how images are embedded.
        weights: the published file.
        trained: what training changed.
        device: where it runs.
    """

    name: str
    backbone: BackboneOptions
    crop: CropOptions
    head: HeadOptions
    embed: EmbedOptions
    weights: Path
    trained: Path
    device: Device

    def key(self) -> Key:
        """Return what its vectors stand for.

        Raises:
            LookalikeError: the trained file is missing or damaged.
        """
        training = read_training(self.trained)
        learned = training.kept != "frozen"
        # On the CPU each image is computed by itself, whatever the batch.
        embed = self.embed.model_dump(mode="json", exclude={"batch"} if self.device == "cpu" else None)
        family = f"backbones/families/{self.backbone.family}.py"
        facts = {
            "backbone": self.backbone.model_dump(mode="json"),
            "crop": self.crop.model_dump(mode="json"),
            "head": self.head.model_dump(mode="json") if learned else "none",
            "embed": embed,
            "weights": training.weights_sha256,
            "trained": sha256_file(self.trained) if learned else "as published",
            "code": code_digest(
                "faces/cut.py", "embedding/embedder.py", "backbones/runtime.py", "engine/reader.py", family
            ),
            "libraries": versions(*DECODERS, *PACKAGES),
            "device": _kind(self.device),
        }
        return Key("vectors", facts, self.name)

    def absolute(self) -> "Model":
        """Return it with paths that hold wherever a process stands."""
        return replace(self, weights=self.weights.absolute(), trained=self.trained.absolute())

    def load(self) -> "Embedder":
        """Load it, ready to be shown crops."""
        from lookalike.embedding.embedder import Embedder

        blocks = self.backbone, self.crop.size, self.head, self.embed
        return Embedder.load(*blocks, self.weights, self.trained, self.device)


def _kind(device: Device) -> str:
    if device == "cpu":
        return processor()
    import torch

    return f"cuda {torch.cuda.get_device_name()} {torch.version.cuda}"
