"""Checkpoints in the layouts of their publishers, made with random weights, give what the reference gives with them.

The layouts are those of the files that params.yaml names: how tensors are named, nested and stored, in which number
format, and what stands beside them.
"""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import safetensors.torch
import timm
import torch
import torchvision
from facenet_pytorch import InceptionResnetV1
from torch import Tensor, nn

from lookalike.backbones.checkpoint import State, read_state
from lookalike.backbones.families import efficientnet_lite, facenet
from lookalike.backbones.families import open_clip as clip
from lookalike.backbones.families import timm as timm_family
from lookalike.backbones.families import torchvision as torchvision_family
from lookalike.backbones.trunk import Trunk
from lookalike.kit.errors import LookalikeError
from tests.backbones import siglip
from tests.backbones.lite_port import in_the_ports_layout

TINY = "tiny-layout-quickgelu"
TINY_CLIP = {
    "embed_dim": 24,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 32, "layers": 3, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 4, "vocab_size": 8, "width": 16, "heads": 1, "layers": 1},
}
Reference = Callable[[Tensor], Tensor]


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)
    # A second thread may sum in another order, and shaken networks make much of that.
    torch.set_num_threads(1)


def shaken(net: nn.Module) -> nn.Module:
    """Give every tensor values of its own: norms start at one, layer scales near zero, and hide what is misplaced."""
    with torch.no_grad():
        for name, value in [*net.named_parameters(), *net.named_buffers()]:
            if value.is_floating_point():
                value.add_(0.05 * (torch.rand_like(value) if "running_var" in name else torch.randn_like(value)))
    return net.eval()


def assert_same(trunk: Trunk, reference: Reference, size: int) -> None:
    crops = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 3, size, size), dtype=np.uint8))
    with torch.no_grad():
        found, expected = trunk(crops), reference(trunk[0](crops))
    assert found.std() > 1e-3
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def saved(path: Path, state: State, **how: object) -> State:
    torch.save(state, path, **how)
    return read_state(path)


# Tracing is how OpenAI's files came about, old as it is.
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::torch.jit.TracerWarning")
def test_openais_torchscript_archive(tmp_path: Path) -> None:
    """A traced CLIP, both halves, its weights in half precision; read without its code."""
    (tmp_path / f"{TINY}.json").write_text(json.dumps(TINY_CLIP))
    open_clip.add_model_config(tmp_path / f"{TINY}.json")
    model = shaken(open_clip.create_model(TINY, pretrained=None)).half().float()
    example = torch.randn(1, 3, 32, 32), torch.zeros(1, 4, dtype=torch.long)
    torch.jit.trace(copy.deepcopy(model), example, check_trace=False).half().save(str(tmp_path / "ViT.pt"))
    state = read_state(tmp_path / "ViT.pt")
    assert {"visual.proj", "text_projection", "logit_scale", "visual.class_embedding"} <= state.keys()
    assert state["visual.proj"].dtype == torch.float32
    assert_same(clip.build(TINY, state), model.encode_image, 32)


def without_classifier(net: nn.Module, name: str) -> nn.Module:
    net.set_submodule(name, nn.Identity())
    return net


@pytest.mark.parametrize(
    ("architecture", "classifier"), [("resnet18", "fc"), ("convnext_tiny", "classifier.2")], ids=["resnet", "convnext"]
)
@pytest.mark.parametrize("zipped", [True, False])
def test_torchvisions(architecture: str, classifier: str, zipped: bool, tmp_path: Path) -> None:
    net = shaken(torchvision.models.get_model(architecture, weights=None))
    state = saved(tmp_path / "net.pth", net.state_dict(), _use_new_zipfile_serialization=zipped)
    assert_same(torchvision_family.build(architecture, state), without_classifier(net, classifier), 64)


def test_convnexts_stages_are_those_that_last_stages_counts() -> None:
    trunk = torchvision_family.build("convnext_tiny", torchvision.models.convnext_tiny().state_dict())
    assert [name for name, _ in trunk.named_children()] == [
        *("pixels", "stem", "block0", "block1", "block2", "block3", "head")
    ]
    assert trunk.dim == 768


def test_facenets_with_its_classifier(tmp_path: Path) -> None:
    net = shaken(InceptionResnetV1(classify=True, num_classes=8631))
    trunk = facenet.build(saved(tmp_path / "net.pt", net.state_dict(), _use_new_zipfile_serialization=False))
    net.classify = False
    crops = torch.randint(0, 256, (2, 3, 96, 96), dtype=torch.uint8)
    with torch.no_grad():
        torch.testing.assert_close(nn.functional.normalize(trunk(crops)), net(trunk[0](crops)), atol=1e-5, rtol=1e-4)


def test_native_dinov2(tmp_path: Path) -> None:
    """Meta's own: timm's names, but for the token that masked patches had in pretraining."""
    name = "vit_small_patch14_dinov2.lvd142m"
    net = shaken(timm.create_model(name, num_classes=0, img_size=56))
    state = net.state_dict() | {"mask_token": torch.zeros(1, 384)}
    assert {"blocks.0.ls1.gamma", "cls_token", "norm.bias"} <= state.keys()
    assert_same(timm_family.build(name, saved(tmp_path / "net.pth", state), 56), net, 56)


def test_native_dinov2_shows_all_its_positions_on_the_grid_of_the_crop(tmp_path: Path) -> None:
    """518 pixels of pretraining, 56 of a crop: a field of positions that is linear stays so."""
    name = "vit_small_patch14_dinov2.lvd142m"
    state = shaken(timm.create_model(name, num_classes=0)).state_dict() | {"mask_token": torch.zeros(1, 384)}
    rows = torch.linspace(0, 1, 37)[:, None, None].expand(37, 37, 384).reshape(1, -1, 384)
    state["pos_embed"] = torch.cat([state["pos_embed"][:, :1], rows], dim=1)
    stem = timm_family.build(name, saved(tmp_path / "net.pth", state), 56).stem.net
    grid = stem.pos_embed[0, 1:].reshape(4, 4, 384)
    assert (grid[0] < grid[1]).all() and (grid[1] < grid[2]).all() and (grid[2] < grid[3]).all()
    torch.testing.assert_close(grid + grid.flip(0), torch.ones_like(grid), atol=1e-4, rtol=0)


def test_jx_vit(tmp_path: Path) -> None:
    """The first port of Google's ViT: timm's names, with a classifier of 1,000."""
    net = shaken(timm.create_model("vit_tiny_patch16_224", num_classes=1000))
    state = saved(tmp_path / "jx_vit.pth", net.state_dict(), _use_new_zipfile_serialization=False)
    assert state["head.weight"].shape == (1000, 192)
    trunk = timm_family.build("vit_tiny_patch16_224", state, 224)
    assert_same(trunk, lambda pixels: class_token(net, pixels), 224)


def class_token(net: nn.Module, pixels: Tensor) -> Tensor:
    """The token that the study took: after the last norm, before the classifier."""
    return net.forward_features(pixels)[:, 0]


def test_timms_efficientnetv2(tmp_path: Path) -> None:
    net = shaken(timm.create_model("tf_efficientnetv2_b0", num_classes=1000))
    trunk = timm_family.build("tf_efficientnetv2_b0", saved(tmp_path / "net.pth", net.state_dict()), 64)
    assert_same(trunk, lambda pixels: net.forward_head(net.forward_features(pixels), pre_logits=True), 64)


FACEBOOK = (
    (r"stem\.(\d)", r"downsample_layers.0.\1"),
    (r"stages\.(\d)\.downsample", r"downsample_layers.\1"),
    (r"stages\.(\d)\.blocks\.(\d)", r"stages.\1.\2"),
    (r"conv_dw", "dwconv"),
    (r"mlp\.fc", "pwconv"),
    (r"head\.norm", "norm"),
    (r"head\.fc", "head"),
)


def test_facebooks_convnext(tmp_path: Path) -> None:
    """Facebook's own: other names, nested, and its 1x1 convolutions as matrices."""
    net = shaken(timm.create_model("convnext_atto", num_classes=1000, conv_mlp=False))
    state = {}
    for name, value in net.state_dict().items():
        for ours, theirs in FACEBOOK:
            name = re.sub(ours, theirs, name)
        state[name] = value
    assert {"downsample_layers.0.0.weight", "stages.0.0.dwconv.weight", "stages.0.0.gamma", "norm.bias"} <= state.keys()
    trunk = timm_family.build("convnext_atto", saved(tmp_path / "net.pth", {"model": state}), 64)
    assert_same(trunk, lambda pixels: net.forward_head(net.forward_features(pixels), pre_logits=True), 64)


# Slow: the network is there in one size alone.
@pytest.mark.slow
def test_googles_siglip(tmp_path: Path) -> None:
    """Google's own: attention in three tensors a block, and a text half beside it."""
    state = siglip.random_state(width=768, layers=12, mlp=3072, grid=14, patch=16)
    safetensors.torch.save_file(state, tmp_path / "model.safetensors")
    name = "vit_base_patch16_siglip_224.v2_webli"
    trunk = timm_family.build(name, read_state(tmp_path / "model.safetensors"), 224)
    assert trunk.dim == 768
    assert_same(trunk, lambda pixels: siglip.image_features(state, pixels, heads=12), 224)
    with pytest.raises(LookalikeError, match="1 tensors missing"):
        timm_family.build(name, {key: v for key, v in state.items() if "layers.3.mlp.fc1.bias" not in key}, 224)


@pytest.mark.parametrize("name", efficientnet_lite.ARCHITECTURES)
def test_the_ports_of_efficientnet_lite(name: str, tmp_path: Path) -> None:
    net = shaken(timm.create_model(name, num_classes=1000))
    trunk = efficientnet_lite.build(name, saved(tmp_path / "net.pth", in_the_ports_layout(net)))
    assert_same(trunk, lambda pixels: net.forward_head(net.forward_features(pixels), pre_logits=True), 64)
