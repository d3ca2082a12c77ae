"""Writes into dvc.yaml the code that every stage imports: `make declare`. A test holds the file to it."""

from typing import Any

from ruamel.yaml import YAML

from tests.pipeline.imports import ROOT, script_of, tracked_files

PIPELINE = ROOT / "dvc.yaml"


def code_of(stage: str) -> list[str]:
    """Return the script of a stage and the files it imports, in order."""
    return [script_of(stage).relative_to(ROOT).as_posix(), *tracked_files(script_of(stage))]


def is_imported(dep: str) -> bool:
    """Tell whether a dependency of dvc.yaml is one that this program writes: a script or an imported file.

    What code a stage finds at run time, by a name in params, stands in dvc.yaml by hand: a path with a parameter, or a
    folder.
    """
    return dep.startswith(("stages/", "src/")) and dep.endswith(".py") and "${" not in dep


def main() -> None:
    """Rewrite dvc.yaml in place; comments and everything else stay."""
    yaml = YAML()
    yaml.width = 1000
    yaml.indent(mapping=2, sequence=4, offset=2)
    pipeline: dict[str, Any] = yaml.load(PIPELINE)
    for stage, definition in pipeline["stages"].items():
        deps = definition["deps"]
        other = [dep for dep in deps if not is_imported(dep)]
        del deps[:]
        deps.extend([*code_of(stage), *other])
    yaml.dump(pipeline, PIPELINE)


if __name__ == "__main__":
    main()
