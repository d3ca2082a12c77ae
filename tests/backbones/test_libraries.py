"""Families whose weights cannot be reached offline: the real loading code, on seeded random weights.

The cut into stages must give exactly what the library's own forward pass gives, and checkpoints must have the published
layout as far as the library defines it.
"""

from collections.abc import Callable

import open_clip
import pytest
import timm
import torch
import torchvision
from facenet_pytorch import InceptionResnetV1
from torch import Tensor, nn

from lookalike.backbones.checkpoint import State
from lookalike.backbones.families import facenet
from lookalike.backbones.families import open_clip as clip
from lookalike.backbones.families import timm as timm_family
from lookalike.backbones.families import torchvision as torchvision_family
from lookalike.backbones.trunk import Trunk
from lookalike.kit.errors import LookalikeError
from tests.backbones.learning import losses_of_two_steps

# Slow: whole published networks are built, in their own size: layouts are what is tested.
pytestmark = pytest.mark.slow


def resnet() -> tuple[State, Trunk, nn.Module]:
    net = torchvision.models.resnet50()
    state = net.state_dict()
    net.fc = nn.Identity()
    return state, torchvision_family.build("resnet50", state), net


def face() -> tuple[State, Trunk, nn.Module]:
    state = InceptionResnetV1(classify=True, num_classes=8631).state_dict()
    net = InceptionResnetV1()
    net.load_state_dict(state, strict=False)
    return state, facenet.build(state), net


def vit(name: str) -> Callable[[], tuple[State, Trunk, nn.Module]]:
    def make() -> tuple[State, Trunk, nn.Module]:
        net = timm.create_model(name, num_classes=0, **({"img_size": 56} if "vit" in name else {}))
        state = net.state_dict()
        return state, timm_family.build(name, state, 56), net

    return make


class ImageEncoder(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> Tensor:
        return self.model.encode_image(pixels)


def clip_b32() -> tuple[State, Trunk, nn.Module]:
    net = open_clip.create_model("ViT-B-32-quickgelu", pretrained=None)
    state = net.state_dict()
    return state, clip.build("ViT-B-32-quickgelu", state), ImageEncoder(net)


NETWORKS = {
    "resnet50": (resnet, 64, 2048),
    "facenet": (face, 96, 512),
    "clip_b32": (clip_b32, 224, 512),
    "vit": (vit("vit_small_patch14_dinov2.lvd142m"), 56, 384),
    "convnext": (vit("convnext_atto"), 64, 320),
    "efficientnetv2": (vit("tf_efficientnetv2_b0"), 64, 1280),
}


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> tuple[Trunk, nn.Module, Tensor]:
    torch.manual_seed(0)
    make, size, dim = NETWORKS[request.param]
    _, trunk, net = make()
    assert trunk.dim == dim
    return trunk, net.eval(), torch.randint(0, 256, (2, 3, size, size), dtype=torch.uint8)


def test_stages_are_the_librarys_own_forward(network: tuple[Trunk, nn.Module, Tensor]) -> None:
    trunk, net, crops = network
    with torch.no_grad():
        expected, found = net(trunk[0](crops)), trunk(crops)
    if isinstance(net, InceptionResnetV1):
        found = nn.functional.normalize(found)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_one_optimiser_step_changes_what_learns_and_lowers_the_loss(network: tuple[Trunk, nn.Module, Tensor]) -> None:
    trunk, _, crops = network
    trunk.requires_grad_(False)
    last = trunk[-1]
    last.requires_grad_(True)
    learning = [p for p in last.parameters() if p.requires_grad] or list(trunk[-2].requires_grad_(True).parameters())
    optimizer = torch.optim.SGD(learning, lr=1e-3)
    target = torch.randn(2, trunk.dim)
    losses = losses_of_two_steps(trunk, crops, target, optimizer)
    assert losses[1] < losses[0]


@pytest.mark.parametrize("name", ["resnet50", "facenet"])
def test_a_missing_tensor_is_an_error_not_a_random_one(name: str) -> None:
    state, _, _ = NETWORKS[name][0]()
    state.pop(next(key for key in state if key.endswith("weight")))
    with pytest.raises(LookalikeError, match="1 tensors missing"):
        torchvision_family.build("resnet50", state) if name == "resnet50" else facenet.build(state)


def test_published_layouts() -> None:
    """Tensor counts and shapes that the publishers' checkpoints are known to have."""
    resnet50 = torchvision.models.resnet50().state_dict()
    assert sum(value.numel() for key, value in resnet50.items() if not _is_statistic(key)) == 25_557_032
    assert resnet50["fc.weight"].shape == (1000, 2048)
    large = clip.image_encoder("ViT-L-14-quickgelu").state_dict()
    assert sum(value.numel() for value in large.values()) == 303_966_208
    assert large["proj"].shape == (1024, 768) and large["positional_embedding"].shape == (257, 1024)
    vggface2 = InceptionResnetV1(classify=True, num_classes=8631).state_dict()
    assert vggface2["logits.weight"].shape == (8631, 512) and vggface2["last_linear.weight"].shape == (512, 1792)


def test_dinov2_positions_are_resampled_to_the_crop() -> None:
    name = "vit_small_patch14_dinov2.lvd142m"
    published = timm.create_model(name, num_classes=0).state_dict()
    assert published["pos_embed"].shape == (1, 1370, 384)
    trunk = timm_family.build(name, published, 224)
    assert trunk(torch.zeros(1, 3, 224, 224, dtype=torch.uint8)).shape == (1, 384)


@pytest.mark.parametrize(
    "build",
    [
        lambda: torchvision_family.build("resnet51", {}),
        lambda: timm_family.build("no_such_net", {}, 224),
        lambda: clip.build("ViT-Z-99", {}),
        lambda: clip.build("RN50", {}),
    ],
)
def test_unknown_architecture_is_a_clear_error(build: Callable[[], Trunk]) -> None:
    with pytest.raises(LookalikeError, match="unknown|has no"):
        build()


def test_quickgelu_is_the_one_openai_trained_with() -> None:
    quick, plain = (clip.image_encoder(name) for name in ("ViT-B-32-quickgelu", "ViT-B-32"))
    plain.load_state_dict(quick.state_dict())
    pixels = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    assert not torch.allclose(quick.eval()(pixels), plain.eval()(pixels), atol=1e-4)


def _is_statistic(key: str) -> bool:
    return key.endswith(("running_mean", "running_var", "num_batches_tracked"))
