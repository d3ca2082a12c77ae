"""What an import found, in words and as JSON."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from lookalike.catalog.table import SPLITS
from lookalike.kit.tables import Table, columns
from lookalike.tools.importing.similar import MOST, Pair
from lookalike.tools.importing.sources import Picture
from lookalike.tools.importing.unlikely import LabelCheck

# Of a kind that are named one by one on the terminal; the JSON names all.
_NAMED = 10


@dataclass(frozen=True)
class Report:
    """What an import found.

    Attributes:
        dataset: its name.
        images: split -> how many.
        identities: split -> how many.
        left_out: source -> why it is not in the dataset.
        pairs: near-duplicates across splits or identities, `similar.MOST` at most.
        labels: what a model says of the labels.
        settings: what the import was asked to do.
    """

    dataset: str
    images: Mapping[str, int]
    identities: Mapping[str, int]
    left_out: Mapping[str, str]
    pairs: Sequence[Pair]
    labels: LabelCheck
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, dataset: str, pictures: Sequence[Picture], **found: Any) -> Self:
        """Count the pictures of a dataset; `found` is the rest."""
        images = Counter(picture.split for picture in pictures)
        people = {split: {picture.label for picture in pictures if picture.split == split} for split in SPLITS}
        return cls(dataset, dict(images), {split: len(names) for split, names in people.items()}, **found)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON holds it."""
        return asdict(self) | {"pairs": [asdict(pair) for pair in self.pairs]}

    def tables(self) -> Iterator[Table]:
        """Yield the report as tables of words; a kind of finding without any has none."""
        yield self._counts()
        if self.left_out:
            yield self._left_out()
        if self.pairs:
            yield self._pairs()
        if self.labels.unlikely:
            yield self._unlikely()

    def _counts(self) -> Table:
        rows = [(split, f"{self.images.get(split, 0):,}", f"{self.identities[split]:,}") for split in SPLITS]
        note = f"labels checked by {self.labels.model}" if self.labels.model else self.labels.skipped
        return Table(self.dataset, columns("split", ">images", ">identities"), rows, note)

    def _left_out(self) -> Table:
        names: dict[str, list[str]] = defaultdict(list)
        for name, reason in self.left_out.items():
            names[reason].append(name)
        rows = [(reason, f"{len(found):,}", _some(found)) for reason, found in sorted(names.items())]
        return Table("Left out", columns("why", ">images", "which"), rows)

    def _pairs(self) -> Table:
        rows = [(f"{pair.distance}", pair.across, pair.first, pair.second) for pair in self.pairs[:_NAMED]]
        more = "at least " if len(self.pairs) == MOST else ""
        title = f"Pairs of nearly the same picture: {more}{len(self.pairs):,}"
        return Table(title, columns(">bits of 256", "across", "image", "other image"), rows, self._more(self.pairs))

    def _unlikely(self) -> Table:
        found = self.labels.unlikely
        rows = [(one.source, one.label, one.instead, f"{one.own:.2f}", f"{one.similarity:.2f}") for one in found]
        header = columns("image", "label", "looks like", ">own", ">other")
        return Table(f"Unlikely labels: {len(found):,}", header, rows[:_NAMED], self._more(found))

    def _more(self, found: Sequence[object]) -> str:
        return f"and {len(found) - _NAMED:,} more; import.json names them" if len(found) > _NAMED else ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
