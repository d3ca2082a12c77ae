"""What a run answered: its rankings and labels, as DVC's cache holds them."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lookalike.catalog.table import Catalog
from lookalike.metrics.judgement import Truth
from lookalike.retrieval.ranking import Ranking
from lookalike.run.revisions import Revision

CATALOG = Path("data/catalog.parquet")
RANKINGS = Path("data/rankings")


@dataclass(frozen=True)
class Evidence:
    """A run's answers.

    Attributes:
        catalog: its images.
        truth: their labels.
        rankings: system -> its ranking.
    """

    catalog: Catalog
    truth: Truth
    rankings: Mapping[str, Ranking]

    @classmethod
    def read(cls, revision: Revision, systems: Iterable[str]) -> "Evidence":
        """Read the answers of some systems at a revision.

        Raises:
            LookalikeError: DVC's cache does not hold them.
        """
        with tempfile.TemporaryDirectory() as folder:
            catalog = Catalog.read(revision.fetch(CATALOG, Path(folder)))
            files = {name: revision.fetch(RANKINGS / f"{name}.parquet", Path(folder)) for name in systems}
            rankings = {name: Ranking.read(file) for name, file in files.items()}
        return cls(catalog, Truth.of(catalog), rankings)
