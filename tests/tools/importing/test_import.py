"""`lookalike import`, from pictures to a dataset that the catalogue reads."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lookalike.catalog.build import build_catalog
from lookalike.cli import app
from lookalike.kit.errors import FileFault
from lookalike.params.load import load_params
from lookalike.sample.dataset import write_dataset
from tests.tools.importing.conftest import Draw, people

pytestmark = pytest.mark.usefixtures("project")
HOME = Path("data/raw/party")


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["import", str(folder), "--as", "party", "--no-check-labels", *arguments])


def imported(folder: Path, *arguments: str) -> dict[str, list[tuple[str, str, str]]]:
    """Import, read what was made as the `catalog` stage does, and return digest -> its rows."""
    result = run(folder, *arguments)
    assert result.exit_code == 0, result.output
    built = build_catalog(HOME, load_params().datasets["party"])
    assert not built.faults and built.catalog.ok.all()
    rows: dict[str, list[tuple[str, str, str]]] = {}
    columns = (built.catalog.sha256, built.catalog.split, built.catalog.domain, built.catalog.label)
    for digest, *row in zip(*columns, strict=True):
        rows.setdefault(digest, []).append(tuple(row))
    return rows


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_picture_arrives_once_under_its_label_and_domain(draw: Draw) -> None:
    names = people(10)
    folder = draw(*names)
    rows = imported(folder)
    assert len(rows) == len(names)
    for name in names:
        [(split, domain, label)] = rows[digest(folder / name)]
        assert (label, domain) == (name.split("/")[0], name.split("/")[1].split("_")[0])
        assert split == "train" or split == {"real": "query", "synthetic": "gallery"}[domain]
    assert len({label for [(split, _, label)] in rows.values() if split != "train"}) == 3


def test_where_each_came_from_is_kept_and_test_names_tell_nothing(draw: Draw) -> None:
    folder = draw(*people(4))
    imported(folder)
    with (HOME / "sources.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(digest(HOME / row["image"]) == digest(folder / row["source"]) for row in rows)
    assert all(len(Path(row["image"]).stem) == 32 for row in rows if row["image"].startswith("test/"))


def test_the_same_import_gives_the_same_bytes(draw: Draw) -> None:
    folder = draw(*people(6))
    imported(folder, "--seed", "3")
    first = {path.relative_to(HOME): digest(path) for path in HOME.rglob("*") if path.is_file()}
    HOME.rename("first")
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace("  party:", "  other:"))
    imported(folder, "--seed", "3")
    assert {path.relative_to(HOME): digest(path) for path in HOME.rglob("*") if path.is_file()} == first


@pytest.mark.parametrize("arguments", [["--pattern", "{label}_{n}"], ["--csv", "labels.csv"]])
def test_names_and_tables_make_the_same_dataset(arguments: list[str], draw: Draw) -> None:
    names = [f"{label}_{n}.png" for label in ("carp", "pike", "eel") for n in range(4)]
    folder = draw(*names)
    Path("labels.csv").write_text("image,label\n" + "".join(f"{name},{name.split('_')[0]}\n" for name in names))
    rows = imported(folder, "--no-faces", "--precision-k", "50", *arguments)
    assert {digest(folder / name): name.split("_")[0] for name in names} == {
        key: label for key, [(_, _, label)] in rows.items()
    }
    recipe = load_params().datasets["party"]
    assert (recipe.crop, recipe.precision_k, recipe.real_pattern) == (False, 50, "")


def test_a_table_may_say_the_split(draw: Draw) -> None:
    folder = draw("a.png", "b.png", "c.png")
    Path("t.csv").write_text("image,label,split\na.png,p,train\nb.png,q,query\nc.png,q,gallery\n")
    rows = imported(folder, "--csv", "t.csv")
    assert [rows[digest(folder / f"{name}.png")][0][0] for name in "abc"] == ["train", "query", "gallery"]


def test_links_share_the_file_and_a_copy_does_not(draw: Draw) -> None:
    folder = draw(*people(3))
    imported(folder, "--link")
    source, place = next(
        (folder / row["source"], HOME / row["image"]) for row in csv.DictReader((HOME / "sources.csv").open())
    )
    assert source.samefile(place)
    assert not place.is_symlink()


def test_what_cannot_be_read_is_named_and_counted(draw: Draw) -> None:
    folder = draw(*people(4))
    whole = (folder / "p00/real_0.png").read_bytes()
    (folder / "p00/real_cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "p01/real_none.png").touch()
    (folder / "p00/real_9.png").write_bytes(whole)
    result = run(folder)
    assert result.exit_code == 0, result.output
    left_out = json.loads((HOME / "import.json").read_text())["left_out"]
    assert left_out == {
        "p00/real_9.png": "a copy, byte for byte, of another image of its label",
        "p00/real_cut.png": "truncated",
        "p01/real_none.png": "empty file",
    }
    assert "p00/real_cut.png" in result.stdout


def test_near_duplicates_are_reported_in_words_and_as_json(draw: Draw) -> None:
    folder = draw(*people(4))
    draw("p00/real_twin.png", seed=77)
    draw("p01/real_twin.png", seed=77, size=64)
    result = run(folder)
    [pair] = json.loads((HOME / "import.json").read_text())["pairs"]
    assert (pair["first"], pair["second"]) == ("p00/real_twin.png", "p01/real_twin.png")
    assert "p01/real_twin.png" in result.stdout


def test_json_is_what_is_kept(draw: Draw) -> None:
    result = run(draw(*people(4)), "--json")
    assert json.loads(result.stdout) == json.loads((HOME / "import.json").read_text())


def untouched(folder: Path, said: str, *arguments: str) -> None:
    before = Path("params.yaml").read_text()
    result = run(folder, *arguments)
    assert result.exit_code == 1 and said in result.stderr, result.output
    assert Path("params.yaml").read_text() == before


def test_nothing_that_exists_is_replaced(draw: Draw) -> None:
    folder = draw(*people(4))
    HOME.mkdir(parents=True)
    (HOME / "mine").write_text("kept")
    untouched(folder, "exists already, and an import replaces nothing")
    assert [path.name for path in HOME.iterdir()] == ["mine"]


def test_a_link_to_nothing_is_not_replaced_either(draw: Draw) -> None:
    HOME.parent.mkdir(parents=True)
    HOME.symlink_to("nowhere")
    untouched(draw(*people(4)), "exists already")
    assert HOME.is_symlink()


def test_a_recipe_is_not_replaced(draw: Draw) -> None:
    folder = draw(*people(4))
    before = Path("params.yaml").read_text()
    result = CliRunner().invoke(app, ["import", str(folder), "--as", "animals"])
    assert "has a dataset of that name already" in result.stderr
    assert Path("params.yaml").read_text() == before and not Path("data").exists()


@pytest.mark.parametrize("name", ["../out", "a/b", "Party", "", "x;rm"])
def test_a_name_that_could_lead_elsewhere_is_refused(name: str, draw: Draw) -> None:
    result = CliRunner().invoke(app, ["import", str(draw(*people(4))), "--as", name])
    assert result.exit_code == 1 and "a name is made of a-z" in result.stderr
    assert not Path("data").exists()


def test_an_import_that_fails_leaves_nothing(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, place: Path) -> None:
        raise OSError(28, "No space left on device", str(place))

    monkeypatch.setattr("lookalike.tools.importing.place.shutil.copyfile", full)
    untouched(draw(*people(4)), "no space left")
    assert not HOME.exists() and not list(Path("data/raw").iterdir())


def test_a_folder_that_is_a_dataset_already_is_sent_to_its_place(draw: Draw) -> None:
    untouched(draw("test/query/a.png", "train/p/b.png"), "has queries and a gallery already")


def test_params_that_cannot_be_written_come_with_what_to_add(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(path: Path, text: str) -> None:
        raise FileFault(f"{path}: read-only file system")

    monkeypatch.setattr("lookalike.tools.importing.importer.write_text", read_only)
    untouched(draw(*people(4)), "add under `datasets`:\nparty:")
    assert (HOME / "ground_truth.csv").is_file()


# A real encoder looks at drawn faces: nothing less shows that pictures reach it, and its answers the report.
@pytest.mark.slow
def test_a_portrait_in_the_wrong_folder_is_listed(tmp_path: Path) -> None:
    few = {"train_identities": 4, "test_identities": 1, "train_photographs": 6, "train_renderings": 2}
    write_dataset(tmp_path / "drawn", load_params().sample.model_copy(update=few))
    folder = tmp_path / "drawn/train"
    moved = sorted((folder / "1").glob("real_*"))[0]
    moved.rename(folder / "2/real_moved.jpg")
    result = CliRunner().invoke(app, ["import", str(folder), "--as", "party"])
    assert result.exit_code == 0, result.output
    labels = json.loads((HOME / "import.json").read_text())["labels"]
    assert labels["model"] == "sface"
    assert [(one["source"], one["instead"]) for one in labels["unlikely"]] == [("2/real_moved.jpg", "1")]


def test_models_that_look_at_faces_do_not_judge_garments(draw: Draw) -> None:
    folder = draw(*people(4))
    result = CliRunner().invoke(app, ["import", str(folder), "--as", "party", "--no-faces"])
    assert result.exit_code == 0, result.output
    assert "the models of the run look at faces, these pictures show whole images" in result.stdout


def test_without_a_model_at_hand_the_labels_stay_unchecked(draw: Draw) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("models: [effnet_lite0, sface]", "models: [effnet_lite0]", 1))
    result = CliRunner().invoke(app, ["import", str(draw(*people(4))), "--as", "party"])
    assert result.exit_code == 0, result.output
    assert json.loads((HOME / "import.json").read_text())["labels"]["model"] == ""
    assert "needs training" in result.stdout
