"""Compiled networks: the published numbers, an image by itself, and a cache that is right or not used."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from torch import nn

from lookalike.backbones import compiled
from lookalike.backbones.checkpoint import read_state
from lookalike.backbones.dlib_file import read_dlib
from lookalike.backbones.families import dlib, efficientnet_lite, onnx, onnx_torch
from lookalike.backbones.families import timm as timm_family
from lookalike.backbones.network_cache import KEPT, cache_folder
from lookalike.backbones.pooling import with_gem
from lookalike.backbones.runtime import CompiledBackbone, compiled_once, read_network
from lookalike.backbones.trained import Training, write_trained
from lookalike.backbones.trunk import PixelScale, TorchBackbone, Trunk
from lookalike.kit.errors import LookalikeError
from lookalike.params.models import BackboneOptions
from tests.backbones.test_libraries import NETWORKS
from tests.reliability.disks import mounted

# Slow: networks are converted, which takes a second or more for the smallest; that is what is tested.
pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
VIT = "test_vit"


def noise(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def check_same(trunk: Trunk, size: int) -> None:
    crops = noise(3, size)
    compiled = compiled_once(f"{size:064d}", size, lambda: trunk)
    expected, found = TorchBackbone(trunk, CPU).embed(crops), compiled.embed(crops)
    assert found.shape == (3, trunk.dim) == (3, compiled.dim) and found.dtype == np.float32
    # Random weights may give features far from 1; then it is their size that the rounding goes by.
    assert np.abs(found - expected).max() <= 1e-4 * max(np.abs(expected).max(), 1)
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    assert ((found * expected).sum(1) / lengths).min() >= 0.99999


@pytest.mark.parametrize("name", NETWORKS)
def test_a_compiled_network_gives_what_torch_gives(name: str) -> None:
    torch.manual_seed(0)
    make, size, _ = NETWORKS[name]
    check_same(make()[1], size)


def test_packaged_networks_give_what_torch_gives(sface: Path, dlib_weights: Path, lite0: Path) -> None:
    check_same(onnx_torch.build(sface), 112)
    check_same(dlib.build(read_dlib(dlib_weights)), 150)
    check_same(efficientnet_lite.build("tf_efficientnet_lite0", read_state(lite0)), 128)


def vit() -> Trunk:
    torch.manual_seed(0)
    return timm_family.build(VIT, timm.create_model(VIT, num_classes=0, img_size=32).state_dict(), 32)


def test_pooled_patches_compile_too() -> None:
    pooled = with_gem(TorchBackbone(vit(), CPU))
    assert isinstance(pooled, TorchBackbone)
    check_same(pooled.trunk, 32)


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_vector_depends_on_its_image_alone(workers: str, sface: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crops = noise(5, 112)
    monkeypatch.setenv("LOOKALIKE_WORKERS", "2")
    expected = onnx.load("sface", sface, 112, CPU, "fp32").embed(crops)
    monkeypatch.setenv("LOOKALIKE_WORKERS", workers)
    backbone = onnx.load("sface", sface, 112, CPU, "fp32")
    order = [3, 0, 4, 1, 2]
    assert backbone.embed(crops[order]).tobytes() == expected[order].tobytes()
    assert backbone.embed(crops[:, ::-1][:, ::-1]).tobytes() == expected.tobytes()
    assert np.concatenate([backbone.embed(crops[:2]), backbone.embed(crops[2:])]).tobytes() == expected.tobytes()
    assert backbone.embed(crops[:0]).shape == (0, 128)


def test_a_network_is_built_once_and_read_as_it_was() -> None:
    first = compiled_once("a" * 64, 32, vit).embed(noise(2, 32))
    again = compiled_once("a" * 64, 32, lambda: pytest.fail("built again")).embed(noise(2, 32))
    assert again.tobytes() == first.tobytes()
    assert sorted(path.name for path in cache_folder().iterdir()) == ["a" * 64 + ".bin", "a" * 64 + ".xml"]


def test_the_cache_keeps_what_was_used_last() -> None:
    compiled_once("a" * 64, 32, vit)
    for index in range(KEPT):
        path = cache_folder() / f"{index}.xml"
        path.write_text("stale")
        path.with_suffix(".bin").write_text("stale")
        os.utime(path, (1000 + index, 1000 + index))
    compiled_once("b" * 64, 32, vit)
    kept = {path.name for path in cache_folder().glob("*.xml")}
    assert kept == {"a" * 64 + ".xml", "b" * 64 + ".xml", *(f"{index}.xml" for index in range(2, KEPT))}
    assert {path.with_suffix(".xml").name for path in cache_folder().glob("*.bin")} == kept


def test_what_is_no_network_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "net.weights").write_bytes(b"no graph")
    with pytest.raises(LookalikeError, match="not a network that OpenVINO reads"):
        read_network(tmp_path / "net.weights")
    with pytest.raises(LookalikeError, match="dvc repro"):
        read_network(tmp_path / "none")


def test_a_size_that_the_graph_does_not_take_is_a_clear_error(sface: Path) -> None:
    with pytest.raises(LookalikeError, match="no network from crops of 96 pixels"):
        CompiledBackbone(read_network(sface), 96)


def test_a_cache_that_cannot_be_written_is_no_fault_and_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    expected = compiled_once("a" * 64, 32, vit).embed(noise(2, 32))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert compiled_once("a" * 64, 32, vit).embed(noise(2, 32)).tobytes() == expected.tobytes()
    assert "set XDG_CACHE_HOME" in capfd.readouterr().err


def test_a_cache_that_can_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "disk"))
    with mounted(tmp_path / "disk", 20_000_000):
        expected = compiled_once("a" * 64, 32, vit).embed(noise(2, 32))
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "disk"], check=True)
        again = compiled_once("a" * 64, 32, lambda: pytest.fail("built again"))
        assert again.embed(noise(2, 32)).tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", ["networks/*.bin", "networks/*.xml", "compiled/*/*.blob", "compiled/*/digests.json"])
@pytest.mark.parametrize("spoil", [lambda whole: whole[:-40], lambda whole: whole[:400] + b"?" + whole[401:]])
def test_damage_in_the_cache_is_noticed_and_mended(name: str, spoil: Callable[[bytes], bytes]) -> None:
    expected = compiled_once("a" * 64, 32, vit).embed(noise(2, 32))
    (file,) = cache_folder().parent.glob(name)
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(spoil(whole))
    assert compiled_once("a" * 64, 32, vit).embed(noise(2, 32)).tobytes() == expected.tobytes()
    compiled_once("a" * 64, 32, lambda: pytest.fail("built again"))
    if file.suffix == ".bin":
        assert file.read_bytes() == whole


def options(**changes: str) -> BackboneOptions:
    return BackboneOptions.model_validate({"family": "timm", "architecture": VIT, "weights": "none", **changes})


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    torch.save(timm.create_model(VIT, num_classes=0, img_size=32).state_dict(), tmp_path / "vit.weights")
    return tmp_path / "vit.weights"


def test_a_frozen_recipe_starts_without_torch_once_it_is_cached(weights: Path) -> None:
    expected = compiled.load_to_embed(options(), 32, weights, "cpu").embed(noise(2, 32))
    script = f"""
import sys
from collections.abc import Callable
from pathlib import Path
import numpy as np
from lookalike.backbones.compiled import load_to_embed
from lookalike.params.models import BackboneOptions
options = BackboneOptions.model_validate_json({options().model_dump_json()!r})
backbone = load_to_embed(options, 32, Path({str(weights)!r}), "cpu")
found = backbone.embed(np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8))
assert not {{"torch", "timm", "onnx"}} & set(sys.modules), "torch was imported"
sys.stdout.buffer.write(found.tobytes())
"""
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout == expected.tobytes()


def test_whatever_a_network_comes_from_is_in_its_key(weights: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.weights"
    other.write_bytes(weights.read_bytes() + b"\0")
    keys = {
        compiled._digest(options(), 32, weights, None),
        compiled._digest(options(), 32, other, None),
        compiled._digest(options(), 32, weights, other),
        compiled._digest(options(pooling="gem"), 32, weights, None),
        compiled._digest(options(architecture="test_vit2"), 32, weights, None),
        compiled._digest(options(), 48, weights, None),
    }
    assert len(keys) == 6
    # What the weights are called is not what they are.
    assert compiled._digest(options(weights="another"), 32, weights, None) in keys


def test_trained_tensors_are_in_the_compiled_network(weights: Path, tmp_path: Path) -> None:
    backbone = compiled.load_backbone(options(), 32, weights, CPU)
    assert isinstance(backbone, TorchBackbone)
    last = backbone.trunk.get_submodule("block5")
    with torch.no_grad():
        for parameter in last.parameters():
            parameter.mul_(1.5)
    state = {f"trunk.block5.{name}": value for name, value in last.state_dict().items()}
    write_trained(tmp_path / "net.safetensors", Training("net", "0" * 64, "trained"), state)
    found = compiled.load_to_embed(options(), 32, weights, "cpu", "fp32", tmp_path / "net.safetensors").embed(
        noise(2, 32)
    )
    np.testing.assert_allclose(found, backbone.embed(noise(2, 32)), atol=1e-4)
    assert np.abs(found - compiled.load_to_embed(options(), 32, weights, "cpu").embed(noise(2, 32))).max() > 0.1


class Resampled(nn.Module):
    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return nn.functional.interpolate(pixels, size=20, mode="bicubic", antialias=True).flatten(1)


def test_what_cannot_be_compiled_stays_in_torch(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trunk = Trunk.of({"head": Resampled()}, 1200, PixelScale((0.0,) * 3, (1.0,) * 3))
    monkeypatch.setattr(compiled, "load_backbone", lambda *_: TorchBackbone(trunk, CPU))
    backbone = compiled.load_to_embed(options(), 32, weights, "cpu")
    assert isinstance(backbone, TorchBackbone) and backbone.embed(noise(2, 32)).shape == (2, 1200)
    assert not cache_folder().exists()


@pytest.mark.parametrize("family", ["dlib", "onnx"])
def test_half_precision_is_compiled_from_the_same_file_and_points_the_same_way(
    family: str, sface: Path, dlib_weights: Path
) -> None:
    """On a processor without units for it, which computes in 32-bit floats, both are the same."""
    file, size = (sface, 112) if family == "onnx" else (dlib_weights, 150)
    recipe = BackboneOptions(family=family, architecture="any", weights="any")
    full, half = (compiled.load_to_embed(recipe, size, file, "cpu", precision) for precision in ("fp32", "bf16"))
    assert isinstance(half, CompiledBackbone)
    assert len(list(cache_folder().glob("*.xml"))) == 1
    crops = noise(3, size)
    ours, expected = (backbone.embed(crops) for backbone in (half, full))
    cosine = (ours * expected).sum(1) / (np.linalg.norm(ours, axis=1) * np.linalg.norm(expected, axis=1))
    assert cosine.min() >= 0.998
    assert (half.embed(crops[::-1]) == ours[::-1]).all()
    has_units = "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    assert (ours != expected).any() == has_units
