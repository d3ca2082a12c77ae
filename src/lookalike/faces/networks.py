"""The three networks of MTCNN as OpenVINO graphs, with the weights that come inside facenet-pytorch.

Zhang et al., "Joint Face Detection and Alignment using Multitask Cascaded Convolutional Networks" (2016), figure 2;
layers and weights as in facenet_pytorch/models/mtcnn.py.
"""

from collections import OrderedDict
from threading import Lock

import numpy as np
import openvino as ov
from openvino import opset13 as op

from lookalike.kit.openvino import Network
from lookalike.kit.packages import packaged_file
from lookalike.kit.torch_file import read_tensors

# Networks for so many sizes, of 5 MB each.
_KEPT = 32
_SHA256 = {
    "pnet": "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
    "rnet": "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
    "onet": "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
}


class ChipNetwork:
    """R-Net or O-Net: chips of one size, in batches of one length, so that the same code computes every chip."""

    def __init__(self, network: Network, size: int, batch: int) -> None:
        """Hold a network of input (batch, size, size, 3) uint8."""
        self.size, self._network, self._batch = size, network, batch

    def __call__(self, chips: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for (n, size, size, 3) uint8 chips, n of each; n > 0."""
        short = -len(chips) % self._batch
        full = np.concatenate([chips, np.zeros((short, *chips.shape[1:]), np.uint8)]) if short else chips
        parts = [self._network(full[start : start + self._batch]) for start in range(0, len(full), self._batch)]
        return [np.concatenate(part)[: len(chips)] for part in zip(*parts, strict=True)]


class SlidingNetwork:
    """P-Net, compiled for each size of image that it is shown, the last ones kept; may be shared between threads.

    OpenVINO can take any size at once, for twice the time.
    """

    def __init__(self) -> None:
        """Compile nothing yet."""
        self._lock, self._networks = Lock(), OrderedDict[tuple[int, ...], Network]()

    def __call__(self, pixels: np.ndarray) -> list[np.ndarray]:
        """Return probability (2, h', w') and offsets (4, h', w'), one for every other of (h, w, 3) uint8 pixels."""
        with self._lock:
            network = self._networks.pop(pixels.shape, None) or pnet(*pixels.shape[:2])
            self._networks[pixels.shape] = network
            if len(self._networks) > _KEPT:
                self._networks.popitem(last=False)
        return [output[0] for output in network(pixels[None])]


def pnet(height: int, width: int) -> Network:
    """P-Net: (1, height, width, 3) uint8 to probability (1, 2, h', w') and offsets (1, 4, h', w')."""
    layers = _Layers("pnet")
    pixels, x = _input([1, height, width, 3])
    x = _pool(layers.convolution(x, "1"), 2)
    x = layers.convolution(layers.convolution(x, "2"), "3")
    face = _softmax(layers.convolution(x, "4_1", active=False))
    return Network(ov.Model([face, layers.convolution(x, "4_2", active=False)], [pixels]))


def rnet(batch: int) -> ChipNetwork:
    """R-Net: chips of 24 pixels to probability (n, 2) and offsets (n, 4)."""
    layers = _Layers("rnet")
    pixels, x = _input([batch, 24, 24, 3])
    x = _pool(layers.convolution(x, "1"), 3)
    x = _pool(layers.convolution(x, "2"), 3)
    x = layers.dense(_flat(layers.convolution(x, "3")), "4")
    outputs = [_softmax(layers.dense(x, "5_1", active=False)), layers.dense(x, "5_2", active=False)]
    return ChipNetwork(Network(ov.Model(outputs, [pixels])), 24, batch)


def onet(batch: int) -> ChipNetwork:
    """O-Net: chips of 48 pixels to probability (n, 2), offsets (n, 4) and landmarks (n, 10), five x and then five y."""
    layers = _Layers("onet")
    pixels, x = _input([batch, 48, 48, 3])
    x = _pool(layers.convolution(x, "1"), 3)
    x = _pool(layers.convolution(x, "2"), 3)
    x = _pool(layers.convolution(x, "3"), 2)
    x = layers.dense(_flat(layers.convolution(x, "4")), "5")
    outputs = [_softmax(layers.dense(x, "6_1", active=False))]
    outputs += [layers.dense(x, name, active=False) for name in ("6_2", "6_3")]
    return ChipNetwork(Network(ov.Model(outputs, [pixels])), 48, batch)


class _Layers:
    """Layers with the weights of one network; a PReLU follows the active ones."""

    def __init__(self, name: str) -> None:
        path = packaged_file("facenet-pytorch", f"facenet_pytorch/data/{name}.pt", _SHA256[name])
        self._weight = read_tensors(path)

    def convolution(self, x: ov.Output, name: str, active: bool = True) -> ov.Output:
        weight, bias = self._weight[f"conv{name}.weight"], self._weight[f"conv{name}.bias"]
        once, none = [1, 1], [0, 0]
        sums = op.add(op.convolution(x, weight, once, none, none, once), bias.reshape(1, -1, 1, 1))
        return self._prelu(sums, name) if active else sums.output(0)

    def dense(self, x: ov.Output, name: str, active: bool = True) -> ov.Output:
        weight, bias = self._weight[f"dense{name}.weight"], self._weight[f"dense{name}.bias"]
        sums = op.add(op.matmul(x, weight, False, True), bias)
        return self._prelu(sums, name) if active else sums.output(0)

    def _prelu(self, x: ov.Node, name: str) -> ov.Output:
        return op.prelu(x, self._weight[f"prelu{name}.weight"]).output(0)


def _input(shape: list[int]) -> tuple[ov.Node, ov.Output]:
    """Take pixels 0..255, (n, h, w, 3), as the (n, 3, h, w) in -1..1 that the networks were trained on."""
    pixels = op.parameter(shape, ov.Type.u8)
    centred = op.subtract(op.convert(pixels, "f32"), np.float32(127.5))
    return pixels, op.transpose(op.multiply(centred, np.float32(0.0078125)), [0, 3, 1, 2]).output(0)


def _pool(x: ov.Output, size: int) -> ov.Output:
    """Maximum over squares, every other pixel; squares at the edge may reach outside."""
    return op.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [size, size], "ceil").output(0)


def _flat(x: ov.Output) -> ov.Output:
    """Flatten in the order of the weights, which come from Matlab: x, y, channel."""
    size = int(np.prod([int(length) for length in list(x.shape)[1:]]))
    return op.reshape(op.transpose(x, [0, 3, 2, 1]), [-1, size], False).output(0)


def _softmax(x: ov.Output) -> ov.Output:
    return op.softmax(x, 1).output(0)
