"""The store against a dictionary: whatever is added, merged, dropped, damaged or written twice."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.engine.keys import Key
from lookalike.engine.rows import OK, Rows, from_hex, to_hex
from lookalike.engine.store import Missing, Store, stores
from lookalike.engine.upkeep import compact, drop, prune, retry
from lookalike.kit.errors import LookalikeError

KEY = Key("vectors", {"recipe": {"size": 8}, "device": "cpu"}, "made up")


def digest(*numbers: int) -> np.ndarray:
    return from_hex(np.array([hashlib.sha256(str(number).encode()).hexdigest() for number in numbers], dtype=object))


def vector(number: int) -> list[float]:
    return [number, number + 0.5, -number]


def rows(*numbers: int) -> Rows:
    values = np.array([vector(number) for number in numbers], np.float32).reshape(-1, 3)
    names = np.array([f"n{number}" for number in numbers], dtype=object)
    return Rows.known(digest(*numbers), {"embedding": values, "name": names})


def check(store: Store, *numbers: int) -> None:
    found = store.rows(digest(*numbers))
    assert found.values["embedding"].tolist() == [vector(number) for number in numbers]
    assert found.values["name"].tolist() == [f"n{number}" for number in numbers]
    assert found.status.tolist() == [OK] * len(numbers)


def test_digests_come_back_as_hex_also_where_they_end_in_zeros() -> None:
    hexes = ["00" * 32, "ab" + "00" * 31, "ff" * 32, "ab" + "00" * 30 + "01"]
    found = from_hex(np.array(hexes, dtype=object))
    assert to_hex(found) == hexes
    assert to_hex(np.sort(found)) == sorted(hexes)
    assert len(np.unique(found)) == 4


def test_what_is_added_comes_back_in_any_order(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    assert len(store.known()) == 0 and store.unknown(digest(1, 2)).all()
    store.add(rows(5, 3, 9))
    store.add(rows(1))
    store.add(rows())
    check(store, 9, 1, 5, 9, 3)
    assert sorted(to_hex(store.known())) == to_hex(store.known()) == sorted(to_hex(digest(1, 3, 5, 9)))
    assert store.unknown(digest(1, 2, 3)).tolist() == [False, True, False]
    with pytest.raises(Missing, match="1 of 2 images"):
        store.rows(digest(1, 2))


@given(st.lists(st.lists(st.integers(0, 30), max_size=6, unique=True), max_size=6), st.data())
def test_a_store_is_a_dictionary(parts: list[list[int]], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        store, known = Store(Path(folder), KEY), set[int]()
        for part in parts:
            store.add(rows(*part))
            known |= set(part)
            step = data.draw(st.sampled_from(["nothing", "compact", "prune"]))
            if step == "compact":
                compact(store, data.draw(st.sampled_from([1, 5000, 10**9])))
            elif step == "prune":
                known &= (keep := set(data.draw(st.lists(st.integers(0, 30)))))
                prune(store, digest(*keep))
            for one in (store, Store(Path(folder), KEY)):
                assert to_hex(one.known()) == sorted(to_hex(digest(*known)))
                if known:
                    check(one, *known)


def test_two_that_know_the_same_write_the_same_file(tmp_path: Path) -> None:
    one, other = Store(tmp_path, KEY), Store(tmp_path, KEY)
    one.add(rows(1, 2))
    (path,) = one.paths()
    before = path.read_bytes()
    other.add(rows(2, 1))
    assert one.paths() == [path] and path.read_bytes() == before
    other.add(rows(2, 3))
    check(one, 1, 2, 3)
    assert compact(one) == 2 and len(one.paths()) == 1
    check(other, 3, 2, 1)


def test_merging_ends_in_the_same_file_whatever_the_shards(tmp_path: Path) -> None:
    for name, parts in (("a", [[1], [2, 3], [4]]), ("b", [[4, 1], [3], [2]])):
        store = Store(tmp_path / name, KEY)
        for part in parts:
            store.add(rows(*part))
        compact(store)
    (one,), (other,) = (Store(tmp_path / name, KEY).paths() for name in "ab")
    assert one.name == other.name and one.read_bytes() == other.read_bytes()


def test_rows_are_dropped_from_every_shard_that_holds_them_and_others_are_not_touched(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    for part in (rows(1, 2), rows(2, 3), rows(4, 5)):
        store.add(part)
    before = {path: path.stat().st_mtime_ns for path in store.paths()}
    assert drop(store, digest(2, 7)) == 2
    assert to_hex(store.known()) == sorted(to_hex(digest(1, 3, 4, 5)))
    check(store, 5, 4, 3, 1)
    kept = [path for path in store.paths() if path in before]
    assert len(kept) == 1 and kept[0].stat().st_mtime_ns == before[kept[0]]
    assert drop(store, digest(2, 7)) == 0


def test_a_large_shard_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    store.add(rows(*range(200)))
    store.add(rows(500))
    store.add(rows(501))
    large = max(store.paths(), key=lambda path: path.stat().st_size)
    stamp = large.stat().st_mtime_ns
    assert compact(store, large.stat().st_size) == 2
    assert large.stat().st_mtime_ns == stamp and len(store.paths()) == 2


def test_set_aside_is_a_row_without_values(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    store.add(Rows.aside(digest(7), "kills its worker (signal 11)"))
    assert store.rows(digest(7)).values == {}
    store.add(rows(1, 2))
    for _ in range(2):
        found = store.rows(digest(2, 7))
        assert found.ok.tolist() == [True, False]
        assert found.values["embedding"].tolist() == [vector(2), [0, 0, 0]] and found.values["name"].tolist() == [
            "n2",
            "",
        ]
        compact(store)
    assert retry(store) == 1
    assert store.unknown(digest(1, 2, 7)).tolist() == [False, False, True]


@pytest.mark.parametrize("place", [0, 0.3, 0.9, 1])
def test_a_damaged_shard_is_named_and_its_rows_are_unknown(
    tmp_path: Path, place: float, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path, KEY)
    store.add(rows(1, 2))
    store.add(rows(3))
    bad = next(path for path in store.paths() if store.whole(path).digest.tolist() == np.sort(digest(1, 2)).tolist())
    data = bytearray(bad.read_bytes())
    data[min(int(len(data) * place), len(data) - 1)] ^= 0x10
    bad.write_bytes(data)
    store = Store(tmp_path, KEY)
    with pytest.raises(Missing):
        store.rows(digest(1, 3))
    assert store.unknown(digest(1, 2, 3)).tolist() == [True, True, False]
    assert str(bad) in (told := capsys.readouterr().err) and "damaged" in told
    assert bad.with_name(f"{bad.name}.damaged").exists()
    store.add(rows(1, 2))
    check(store, 1, 2, 3)


def test_an_empty_file_and_a_foreign_one_are_no_shards(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    store.add(rows(1))
    (store.folder / "empty.parquet").write_bytes(b"")
    (store.folder / "text.parquet").write_text("PAR1 but no table PAR1")
    check(store, 1)
    assert len(list(store.folder.glob("*.damaged"))) == 2


def test_a_shard_that_goes_while_it_is_read_is_looked_for_elsewhere(tmp_path: Path) -> None:
    store, other = Store(tmp_path, KEY), Store(tmp_path, KEY)
    store.add(rows(1))
    store.add(rows(2))
    store.known()
    read = store.whole

    def merged_meanwhile(path: Path) -> Rows | None:
        compact(other)
        return read(path)

    store.whole = merged_meanwhile  # type: ignore[method-assign]
    check(store, 1, 2)


def test_a_key_is_all_that_can_change_a_result(tmp_path: Path) -> None:
    other = Key("vectors", {**KEY.facts, "device": "cuda"})
    assert other.digest != KEY.digest != Key("faces", KEY.facts).digest
    assert Key("vectors", dict(reversed(KEY.facts.items())), "another name").digest == KEY.digest
    Store(tmp_path, KEY).add(rows(1))
    assert Store(tmp_path, other).unknown(digest(1)).all()
    note = json.loads((Store(tmp_path, KEY).folder / "key.json").read_text())
    assert note["facts"] == KEY.facts and note["about"] == "made up" and note["key"] == KEY.digest


def test_stores_are_found_by_their_keys(tmp_path: Path) -> None:
    faces = Key("faces", {"side": 1})
    for key in (KEY, faces):
        Store(tmp_path, key).add(rows(1))
    for name, text in (("not JSON", "{"), ("another's", json.dumps(KEY.words)), ("no key", "[]")):
        (tmp_path / "faces" / name).mkdir()
        (tmp_path / "faces" / name / "key.json").write_text(text)
    assert [(store.key, len(store.known())) for store in stores(tmp_path)] == [(faces, 1), (KEY, 1)]
    assert list(stores(tmp_path / "none")) == []


def test_rows_fit_together() -> None:
    with pytest.raises(LookalikeError):
        Rows.known(digest(1, 2), {"embedding": np.zeros((1, 3))})
    with pytest.raises(LookalikeError):
        Rows.known(np.array([b"1"]), {})


_FILLER = """
import sys
from pathlib import Path
from tests.engine.test_store import KEY, Store, rows
store = Store(Path(sys.argv[1]), KEY)
for start in range(0, 3000, 3):
    store.add(rows(start, start + 1, start + 2))
"""


def test_killed_at_any_moment_a_store_holds_whole_shards_alone(tmp_path: Path) -> None:
    """Two programs fill one store; one is killed, at moments that a seed chooses."""
    rng = np.random.default_rng(3)
    for attempt in range(3):
        programs = [
            subprocess.Popen([sys.executable, "-c", _FILLER, str(tmp_path)], stderr=subprocess.DEVNULL)
            for _ in range(2)
        ]
        end = time.monotonic() + 30
        while attempt == 0 and not list(tmp_path.rglob("*.parquet")) and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0.1, 0.4) if attempt == 0 else rng.uniform(0.5, 1.2)))
        for program in programs:
            os.kill(program.pid, signal.SIGKILL)
            program.wait()
        store = Store(tmp_path, KEY)
        numbers = [number for number in range(3000) if not store.unknown(digest(number))[0]]
        assert numbers, "killed before anything was written"
        assert numbers == [n + k for n in numbers[::3] for k in range(3)], "a part of a shard"
        check(store, *numbers)
        assert not list(tmp_path.rglob("*.damaged"))
