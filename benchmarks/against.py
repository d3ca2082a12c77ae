"""A cold run of this code beside one of an earlier revision: processor time of every stage, on the same data.

    python -m benchmarks.against REVISION [DATASET] [MODEL,MODEL]

clones HEAD and the revision, without a cache, and runs `dvc repro` in each with the packages that are installed. A
stage's time is that of its process and its children. Data come from data/raw/DATASET of this folder.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from lookalike.run.layout import Layout

ROOT = Path(__file__).parents[1]
# Stands in for python, runs it, and notes what it cost.
TIMED = """#!{python} -S
import os, subprocess, sys
done = subprocess.run([{python!r}, *sys.argv[1:]])
used = os.times()
name = [word.rpartition("/")[2] for word in sys.argv[1:] if not word.startswith("--")]
with open({log!r}, "a") as log:
    print(used.children_user + used.children_system, *name, file=log)
sys.exit(done.returncode)
"""


def checkout(folder: Path, revision: str, dataset: str, models: list[str]) -> None:
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["git", "checkout", "--quiet", revision], cwd=folder, check=True)
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    params["run"] |= {"dataset": dataset, "models": models}
    yaml.dump(params, folder / "params.yaml")
    link = folder / Layout().images(dataset)
    if dataset != "sample":
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((ROOT / Layout().images(dataset)).resolve())


def stages(folder: Path) -> dict[str, float]:
    """Run everything, and return core-seconds by stage."""
    log, shims = folder / "times.log", folder / "shims"
    shims.mkdir()
    (shims / "python").write_text(TIMED.format(python=sys.executable, log=str(log)))
    (shims / "python").chmod(0o755)
    path = os.pathsep.join([str(shims), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(folder / "src"), "XDG_CACHE_HOME": str(folder / "xdg")}
    subprocess.run(["dvc", "repro", "--quiet"], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    rows = (line.split(maxsplit=1) for line in log.read_text().splitlines())
    return {name.replace(".py", ""): float(seconds) for seconds, name in rows}


def main(revision: str, dataset: str = "sample", models: str = "effnet_lite0,sface") -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = []
        for name, commit in (("before", revision), ("now", "HEAD")):
            checkout(Path(scratch) / name, commit, dataset, models.split(","))
            found.append(stages(Path(scratch) / name))
    print(f"core-seconds, {dataset}, {models}\n\n| stage | {revision} | now | ratio |\n|---|--:|--:|--:|")
    before, now = found
    shown = {name: (before.get(name, 0.0), now.get(name, 0.0)) for name in [*before, *now]}
    for name, (old, new) in {**shown, "all": (sum(before.values()), sum(now.values()))}.items():
        print(f"| {name} | {old:.1f} | {new:.1f} | {f'{old / new:.1f} ×' if old and new else '–'} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
