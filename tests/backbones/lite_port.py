"""EfficientNet-Lite in the layout of its PyTorch port."""

import numpy as np
from torch import nn

from lookalike.backbones.checkpoint import State


def in_the_ports_layout(net: nn.Module) -> State:
    """Name timm's tensors as the port of EfficientNet-Lite does, whose blocks are numbered through."""
    top = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1", "classifier": "_fc"}
    first = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"}
    others = {
        **{"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv"},
        **{"bn2": "_bn1", "conv_pwl": "_project_conv", "bn3": "_bn2"},
    }
    found, starts = {}, np.cumsum([0, *(len(stage) for stage in net.blocks)])
    for name, value in net.state_dict().items():
        layer, _, rest = name.partition(".")
        if layer == "blocks":
            stage, block, layer, rest = rest.split(".", 3)
            index = starts[int(stage)] + int(block)
            found[f"_blocks.{index}.{(others if index else first)[layer]}.{rest}"] = value
        else:
            found[f"{top[layer]}.{rest}"] = value
    return found
