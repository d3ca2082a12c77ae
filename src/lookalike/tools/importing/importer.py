"""From a folder of pictures to a dataset that a run can name."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lookalike.catalog.probe import probe_all
from lookalike.catalog.table import OK
from lookalike.kit.errors import FileFault, LookalikeError
from lookalike.kit.files import write_text
from lookalike.kit.names import checked_name
from lookalike.params.load import load_params
from lookalike.run.layout import Layout
from lookalike.tools.importing.place import refuse_existing, write_dataset
from lookalike.tools.importing.recipe import recipe_for, recipe_text, with_recipe
from lookalike.tools.importing.report import Report
from lookalike.tools.importing.similar import hashes, near_duplicates
from lookalike.tools.importing.sources import Found, Picture, by_csv, by_folder, by_pattern, find_pictures
from lookalike.tools.importing.split import split_identities
from lookalike.tools.importing.unlikely import LabelCheck, check_labels


@dataclass(frozen=True)
class ImportOptions:
    """What an import is asked to do.

    Attributes:
        csv: the file that says whom each image shows; '' where it is folders or names.
        pattern: of names that say it; '' where it is folders or a CSV.
        real: glob of the names of real images, where nothing else tells.
        synthetic: glob of the names of synthetic ones.
        test_share: of the identities, which are tested on.
        seed: draws them.
        link: share the files in place of copying them.
        crop: find, align and crop faces.
        precision_k: also score precision among the first k answers; 0 for none.
        check_labels: embed the pictures to doubt labels.
    """

    csv: str = ""
    pattern: str = ""
    real: str = "real_*"
    synthetic: str = "synthetic_*"
    test_share: float = 0.3
    seed: int = 0
    link: bool = False
    crop: bool = True
    precision_k: int = 0
    check_labels: bool = True


def import_folder(root: Path, folder: Path, name: str, options: ImportOptions) -> Report:
    """Make a dataset of a folder, and write its recipe into params.yaml.

    Args:
        root: the project's folder.
        folder: of pictures, which stays as it is.
        name: of the dataset, new.
        options: how.

    Raises:
        LookalikeError: the name is taken or no name, or the folder does not make a dataset; nothing is written then.
    """
    layout = Layout(root)
    target = layout.images(_new_name(layout, name))
    refuse_existing(target)
    found = _found(folder, options)
    readable, unreadable = _readable(folder, found)
    pictures, unplaced = split_identities(readable, options.test_share, options.seed)
    recipe = recipe_for(options.crop, {picture.domain for picture in pictures}, options.precision_k)
    params = with_recipe(layout.params.read_text(encoding="utf-8"), name, recipe)
    report = Report.of(
        name,
        pictures,
        left_out=dict(sorted({**found.left_out, **unreadable, **unplaced}.items())),
        pairs=near_duplicates(pictures, hashes(folder, [picture.source for picture in pictures])),
        labels=_check(root, folder, pictures, options),
        settings=asdict(options),
    )
    write_dataset(target, folder, pictures, report, options.link)
    try:
        write_text(layout.params, params)
    except FileFault as error:
        raise LookalikeError(
            f"{target} is made, but its recipe is not: {error}\nadd under `datasets`:\n{recipe_text(name, recipe)}"
        ) from error
    return report


def _new_name(layout: Layout, name: str) -> str:
    try:
        checked_name(name)
    except ValueError as error:
        raise LookalikeError(f"--as {name!a}: {error}") from None
    if name in load_params(layout.params).datasets:
        raise LookalikeError(f"--as {name}: params.yaml has a dataset of that name already; choose another")
    return name


def _found(folder: Path, options: ImportOptions) -> Found:
    if options.csv and options.pattern:
        raise LookalikeError("--csv and --pattern both say whom the images show; name one of them")
    globs = options.real, options.synthetic
    if options.csv:
        return find_pictures(folder, by_csv(Path(options.csv), *globs))
    if options.pattern:
        return find_pictures(folder, by_pattern(options.pattern, *globs))
    if (folder / "test/query").is_dir():
        raise LookalikeError(f"{folder}: has queries and a gallery already; copy it to data/raw, or link it there")
    return find_pictures(folder, by_folder(*globs))


def _readable(folder: Path, found: Found) -> tuple[list[Picture], dict[str, str]]:
    """Return the pictures that can be read, each once a label, and why the others are left out."""
    looks = probe_all([folder / picture.source for picture in found.pictures])
    first: dict[tuple[str, str], str] = {}
    kept: list[Picture] = []
    left_out: dict[str, str] = {}
    for picture, look in zip(found.pictures, looks, strict=True):
        if look.status != OK:
            left_out[picture.source] = look.status
        elif first.setdefault((look.sha256, picture.label), picture.source) != picture.source:
            left_out[picture.source] = "a copy, byte for byte, of another image of its label"
        else:
            kept.append(picture)
    if not kept:
        raise LookalikeError(f"{folder}: none of its {len(looks)} images can be read; nothing to import")
    return kept, left_out


def _check(root: Path, folder: Path, pictures: Sequence[Picture], options: ImportOptions) -> LabelCheck:
    if not options.check_labels:
        return LabelCheck("", "labels were not checked (--no-check-labels)")
    return check_labels(root, folder, pictures, options.crop)
