"""Downloads from a real server: once for all, taken up where they broke off, from whichever place has the file."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookalike.kit.errors import LookalikeError
from lookalike.params.weights import WeightsOptions
from lookalike.weights import download
from lookalike.weights.fetch import fault, fetch, needs_network
from tests.weights.host import Host, serving

CONTENT = np.random.default_rng(0).bytes(200_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setattr(download.time, "sleep", lambda _: None)
    with serving(monkeypatch, CONTENT) as host:
        yield host


def options(host: Host, **more: object) -> WeightsOptions:
    return WeightsOptions.model_validate({"source": f"{host.url}/net.pth", "sha256": DIGEST, **more})


def get(weights: WeightsOptions, folder: Path, name: str = "net") -> Path:
    target = folder / "weights" / name
    assert fetch("net", weights, target, folder / "manual", folder / "weights.lock") == DIGEST
    assert target.read_bytes() == CONTENT
    return target


def test_models_and_projects_share_one_download(host: Host, cache: Path, tmp_path: Path) -> None:
    assert needs_network(options(host), tmp_path / "manual")
    paths = [get(options(host), tmp_path / project, model) for project in ("a", "b") for model in ("one", "two")]
    assert len(host.asked) == 1
    assert len({path.stat().st_ino for path in paths}) == 1, "one file on the disk, by several names"
    assert (cache / DIGEST).read_bytes() == CONTENT
    assert not needs_network(options(host), tmp_path / "manual")


def test_a_changed_file_of_the_cache_is_not_used(host: Host, cache: Path, tmp_path: Path) -> None:
    get(options(host), tmp_path)
    (cache / DIGEST).unlink()
    (cache / DIGEST).write_bytes(b"changed")
    get(options(host), tmp_path / "again")
    assert len(host.asked) == 2
    assert (cache / DIGEST).read_bytes() == CONTENT


def test_a_broken_download_goes_on_where_it_broke_off(host: Host, tmp_path: Path) -> None:
    host.breaks = [50_000, 70_000]
    get(options(host), tmp_path)
    (_, first), (_, second), (_, third) = host.asked
    assert first == 0 < second <= 50_000 < third <= 120_000


def test_any_number_of_breaks_is_borne_while_bytes_come(host: Host, tmp_path: Path) -> None:
    host.breaks = [40_000] * 4
    get(options(host), tmp_path)
    assert len(host.asked) == 5


def test_a_later_call_takes_up_what_an_earlier_one_left(host: Host, cache: Path, tmp_path: Path) -> None:
    cache.mkdir()
    (cache / f"{DIGEST}.part").write_bytes(CONTENT[:150_000])
    get(options(host), tmp_path)
    assert host.asked == [("/net.pth", 150_000)]
    assert not list(cache.glob("*.part"))


def test_a_left_beginning_of_another_version_is_dropped(host: Host, cache: Path, tmp_path: Path) -> None:
    cache.mkdir()
    (cache / f"{DIGEST}.part").write_bytes(b"x" * 150_000)
    get(options(host), tmp_path)
    assert host.asked == [("/net.pth", 150_000), ("/net.pth", 0)]


@pytest.mark.parametrize("size", [200_000, 250_000])
def test_a_left_file_that_is_no_beginning_is_dropped(host: Host, cache: Path, tmp_path: Path, size: int) -> None:
    cache.mkdir()
    (cache / f"{DIGEST}.part").write_bytes(b"x" * size)
    get(options(host), tmp_path)
    assert host.asked[-1] == ("/net.pth", 0)


def test_a_host_that_knows_no_ranges_begins_anew(host: Host, tmp_path: Path) -> None:
    host.ranges, host.breaks = False, [50_000]
    get(options(host), tmp_path)
    assert len(host.asked) == 2


def test_a_wrong_file_is_kept_nowhere(host: Host, cache: Path, tmp_path: Path) -> None:
    wrong = options(host, sha256="0" * 64)
    with pytest.raises(LookalikeError, match=f"{DIGEST}, expected {'0' * 64}"):
        fetch("net", wrong, tmp_path / "net", tmp_path / "manual", tmp_path / "weights.lock")
    assert not (tmp_path / "net").exists()
    assert [path.name for path in cache.iterdir()] == [f"{'0' * 64}.lock"]


def test_a_redirect_off_https_is_refused(host: Host, tmp_path: Path) -> None:
    host.moved = f"{host.url}/elsewhere"
    get(options(host), tmp_path)
    host.moved = host.moved.replace("https", "http")
    with pytest.raises(LookalikeError, match="which is not https"):
        get(options(host, sha256="0" * 64), tmp_path)


def test_processes_that_want_one_file_fetch_it_once(host: Host, tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda i=i: found.append(get(options(host), tmp_path / str(i)))) for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(host.asked) == 1


def test_a_cache_that_cannot_be_written_is_done_without(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", str(tmp_path / "file/below"))
    get(options(host), tmp_path)


def test_places_are_asked_in_turn(host: Host, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_bytes(b"another version")
    places = ["package:no-such-package/net.pth", f"file:{tmp_path}/wrong", f"{host.url}/mirror/net.pth"]
    weights = WeightsOptions(source="file:/nowhere/net.pth", mirrors=places, sha256=DIGEST)
    get(weights, tmp_path)
    assert host.asked == [("/mirror/net.pth", 0)]


def test_when_no_place_has_it_every_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "wrong").write_bytes(b"another version")
    mirrors = ["package:no-such-package/net.pth", f"file:{tmp_path}/wrong"]
    weights = WeightsOptions(source="file:/nowhere/net.pth", mirrors=mirrors, sha256=DIGEST)
    with pytest.raises(LookalikeError) as caught:
        fetch("net", weights, tmp_path / "net", tmp_path / "manual", tmp_path / "weights.lock")
    for needed in ("no such file: /nowhere", "pip install no-such-package", "another version", DIGEST):
        assert needed in str(caught.value)


def test_a_mirror_of_this_machine_is_asked_first(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "net.pth").write_bytes(CONTENT)
    monkeypatch.setenv("LOOKALIKE_MIRRORS", f"file:/nowhere/ file:{folder}")
    get(options(host), tmp_path)
    assert host.asked == []
    assert fault("net", WeightsOptions(source="file:/no/net.pth", sha256=DIGEST), tmp_path) is None
    monkeypatch.setenv("LOOKALIKE_MIRRORS", "http://mirror")
    with pytest.raises(LookalikeError, match="LOOKALIKE_MIRRORS: http://mirror"):
        get(options(host), tmp_path / "again")


def test_the_beginning_of_a_digest_will_do_once(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can make a second file with the same 32 bits is found out by the lock."""
    short = options(host, sha256=DIGEST[:8])
    get(short, tmp_path)
    lock = tmp_path / "weights.lock"
    assert DIGEST in lock.read_text()
    forged = hashlib.sha256(b"forged").hexdigest()
    lock.write_text(lock.read_text().replace(DIGEST[8:], forged[8:]))
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", str(tmp_path / "elsewhere"))
    with pytest.raises(LookalikeError, match=f"{DIGEST}, expected {DIGEST[:8]}{forged[8:]}"):
        get(short, tmp_path, "again")


def test_another_beginning_than_the_pinned_is_refused_and_not_locked(host: Host, tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match=f"{DIGEST}, expected 00000000"):
        fetch("net", options(host, sha256="0" * 8), tmp_path / "net", tmp_path / "manual", tmp_path / "weights.lock")
    assert not (tmp_path / "weights.lock").exists()


def test_params_that_pin_something_else_are_newer_than_the_lock(host: Host, tmp_path: Path) -> None:
    (tmp_path / "weights.lock").write_text(f'{{"net": "{"1" * 64}", "other": "{"2" * 64}"}}')
    get(options(host, sha256=DIGEST[:8]), tmp_path)
    assert f'"other": "{"2" * 64}"' in (tmp_path / "weights.lock").read_text()


def test_a_file_by_hand_is_found_by_the_beginning_of_its_name(host: Host, tmp_path: Path) -> None:
    (tmp_path / "manual").mkdir()
    (tmp_path / "manual" / DIGEST).write_bytes(CONTENT)
    get(options(host, sha256=DIGEST[:8]), tmp_path)
    assert host.asked == []
