"""dlib's serialised face ResNet as a dictionary of tensors, read without dlib and without running any code.

Layout: dlib/dnn/core.h (versions of nested layers first, then each layer after those below it) and dlib/dnn/layers.h
(`con_4`, `affine_`, `fc_2` and the rest). Every value that is no weight is compared with what this network has there.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lookalike.backbones.dlib_stream import DlibStream

State = dict[str, Tensor]
SIZE, DIM = 150, 128
STEM_WIDTH, STEM_KERNEL = 32, 7
# (width, halves the image) of every residual block, first to last: dnn_face_recognition_ex.cpp, alevel4 to alevel0.
BLOCKS = (
    *((32, False),) * 3,
    *((64, True), *((64, False),) * 3),
    *((128, True), *((128, False),) * 2),
    *((256, True), *((256, False),) * 2),
    (256, True),
)
# Versions: of a layer, of the one right above the input, of tags and skips, of the loss.
_LAYER, _LOWEST, _TAG, _LOSS = 2, 3, 1, 1
# Window, stride and padding, each down and across; a window of 0 is the whole image.
_MAX_POOL, _HALVE, _POOL_ALL = (3, 3, 2, 2, 0, 0), (2, 2, 2, 2, 0, 0), (0, 0, 1, 1, 0, 0)


@dataclass(frozen=True)
class DlibNetwork:
    """What the file holds.

    Attributes:
        mean: what is subtracted from red, green and blue in 0..255, before the division by 256.
        state: tensors under the names of `families.dlib`; each convolution holds the affine layer behind it too.
    """

    mean: tuple[float, float, float]
    state: State


def read_dlib(path: Path) -> DlibNetwork:
    """Read `dlib_face_recognition_resnet_model_v1.dat`.

    Raises:
        LookalikeError: the file is missing, or is not exactly this network.
    """
    stream = DlibStream(path, "dlib's face recognition ResNet v1")
    _versions(stream)
    mean = (stream.number(), stream.number(), stream.number())
    stream.integers("input size", SIZE, SIZE)
    state = _convolution(stream, "stem.0", (STEM_WIDTH, 3, STEM_KERNEL, STEM_KERNEL), 2, 0)
    _plain(stream, "relu_")
    _plain(stream, "max_pool_2", *_MAX_POOL)
    below = STEM_WIDTH
    for index, (width, halves) in enumerate(BLOCKS, start=1):
        state |= _block(stream, f"block{index}", below, width, halves)
        below = width
    _plain(stream, "avg_pool_2", *_POOL_ALL)
    state["head.2.weight"] = _linear(stream, below)
    stream.end()
    return DlibNetwork(mean, state)


def _versions(stream: DlibStream) -> None:
    stream.integers("loss layer", _LOSS)
    stream.text("loss_metric_2")
    _numbers(stream, 2)  # margin and distance threshold, for training alone
    stream.integers("fc layer and pooling", _LAYER, _LAYER)
    for _, halves in reversed(BLOCKS):
        shortcut = (_LAYER, _TAG, _TAG) if halves else ()
        stream.integers("block", _LAYER, _LAYER, *shortcut, *(_LAYER,) * 5, _TAG)
    stream.integers("stem", *(_LAYER,) * 3, _LOWEST)
    stream.text("input_rgb_image_sized")


def _block(stream: DlibStream, name: str, below: int, width: int, halves: bool) -> State:
    stride, padding = (2, 0) if halves else (1, 1)
    state = _convolution(stream, f"{name}.first", (width, below, 3, 3), stride, padding)
    _plain(stream, "relu_")
    state |= _convolution(stream, f"{name}.second", (width, width, 3, 3), 1, 1)
    if halves:
        _plain(stream, "avg_pool_2", *_HALVE)
    _plain(stream, "add_prev_")
    _plain(stream, "relu_")
    return state


def _convolution(stream: DlibStream, name: str, shape: tuple[int, int, int, int], stride: int, padding: int) -> State:
    """Read a convolution and the affine layer behind it as one."""
    stream.text("con_4")
    width, count = shape[0], int(np.prod(shape))
    values = stream.tensor(count + width, 1, 1, 1).ravel()
    stream.integers("convolution", width, *shape[2:], stride, stride, padding, padding)
    _shape(stream, *shape)
    _shape(stream, 1, width, 1, 1)
    _numbers(stream, 4)
    _after(stream)
    if name == "stem.0":
        stream.integers("samples for each image", 1)
    scale, shift = _affine(stream, width)
    weight, bias = values[:count].reshape(shape) * scale.reshape(-1, 1, 1, 1), values[count:] * scale + shift
    return {f"{name}.weight": torch.from_numpy(weight).float(), f"{name}.bias": torch.from_numpy(bias).float()}


def _affine(stream: DlibStream, width: int) -> np.ndarray:
    """Return scale and shift, (2, width)."""
    stream.text("affine_")
    values = stream.tensor(2 * width, 1, 1, 1)
    _shape(stream, 1, width, 1, 1)
    _shape(stream, 1, width, 1, 1)
    stream.integers("affine layer by channel", 0)
    _after(stream)
    return values.reshape(2, width)


def _linear(stream: DlibStream, below: int) -> Tensor:
    stream.text("fc_2")
    stream.integers("fc layer", DIM, below)
    weight = stream.tensor(below, DIM, 1, 1).reshape(below, DIM)
    _shape(stream, below, DIM, 1, 1)
    _shape(stream, 0, 0, 0, 0)
    stream.integers("fc layer without bias", 1)
    _numbers(stream, 4)
    _after(stream)
    return torch.from_numpy(weight.T).float().contiguous()


def _plain(stream: DlibStream, name: str, *values: int) -> None:
    """Read a layer without weights."""
    stream.text(name)
    stream.integers(name, *values)
    _after(stream)


def _after(stream: DlibStream) -> None:
    # Flags of dlib's own state, then gradient, output and gradient of the parameters, all cleared.
    stream.flags(3)
    for _ in range(3):
        stream.integers("cleared tensor", 2, 0, 0, 0, 0)


def _shape(stream: DlibStream, *sides: int) -> None:
    stream.integers("shape", 1, *sides)


def _numbers(stream: DlibStream, count: int) -> None:
    # Multipliers of learning rate and weight decay and the like: they have to be there, and change nothing here.
    for _ in range(count):
        stream.number()
