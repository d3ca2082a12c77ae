"""A recipe joins params.yaml, and every line that was there stays."""

import difflib
from pathlib import Path

import pytest
import yaml

from lookalike.kit.errors import LookalikeError
from lookalike.params.load import load_params
from lookalike.tools.importing.recipe import recipe_for, with_recipe
from tests.tools.importing.conftest import ROOT

SHIPPED = (ROOT / "params.yaml").read_text()
RECIPE = recipe_for(True, {"real", "synthetic"}, 0)


def test_only_the_new_lines_are_new() -> None:
    after = with_recipe(SHIPPED, "party", RECIPE)
    changes = [line for line in difflib.ndiff(SHIPPED.splitlines(), after.splitlines()) if not line.startswith("  ")]
    assert {line[0] for line in changes} == {"+"} and len(changes) == 1 + len(RECIPE)
    before, now = yaml.safe_load(SHIPPED), yaml.safe_load(after)
    assert now["datasets"].pop("party") == RECIPE
    assert now == before


def test_the_run_can_name_it(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(with_recipe(SHIPPED, "party", recipe_for(False, {"unknown"}, 10)))
    recipe = load_params(file).datasets["party"]
    assert (recipe.crop, recipe.labels, recipe.real_pattern, recipe.precision_k) == (False, "csv", "", 10)


@pytest.mark.parametrize(
    "text",
    [
        "datasets:\n    # first\n    a: {crop: true} # why\n\n# about the next\nfaces: {}\n",
        "faces: {}\ndatasets:\n  a:\n    crop: true\n  # the end",
    ],
)
def test_comments_and_indents_of_other_hands_stay(text: str) -> None:
    after = with_recipe(text, "party", RECIPE)
    assert not [line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line.startswith("- ")]
    assert yaml.safe_load(after)["datasets"]["party"] == RECIPE


def test_what_cannot_be_added_to_is_told_with_the_lines_to_add() -> None:
    with pytest.raises(LookalikeError, match=r"by hand:\n\s*party:"):
        with_recipe("datasets: {a: {crop: true}}\nfaces: {}\n", "party", RECIPE)
