"""Where each query's first right image stands: small enough for git, so that a diff shows which queries flipped."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.metrics.judgement import Judgement, Truth

QUERY = "query_id"


@dataclass(frozen=True)
class FirstHits:
    """The ranks of first right images.

    Attributes:
        query_id: (n,) object, the scored queries, sorted.
        rank_of: system -> (n,) int64 rank of the first right image from 1; 0 where none was retrieved.
    """

    query_id: np.ndarray
    rank_of: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, truth: Truth, judged: Mapping[str, Judgement]) -> Self:
        """Take the ranks out of judgements."""
        return cls(truth.query_id, {name: judgement.first_hit for name, judgement in judged.items()})

    @classmethod
    def parse(cls, text: str, name: str) -> Self:
        """Read the CSV text that `text` wrote.

        Args:
            text: the file's content.
            name: how messages call it.

        Raises:
            LookalikeError: it is not such a table.
        """
        header, *rows = list(csv.reader(io.StringIO(text))) or [[]]
        if header[:1] != [QUERY] or any(len(row) != len(header) for row in rows):
            raise LookalikeError(f"{name}: expected the columns {QUERY} and one a system; run `dvc repro score`")
        columns = [np.array([row[i] for row in rows], dtype=object) for i in range(len(header))]
        try:
            ranks = {system: column.astype(np.int64) for system, column in zip(header[1:], columns[1:], strict=True)}
        except ValueError as error:
            raise LookalikeError(f"{name}: expected whole numbers as ranks ({error}); run `dvc repro score`") from error
        return cls(columns[0], ranks)

    def text(self) -> str:
        """Return the table as CSV: one row a query, one column a system."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow((QUERY, *self.rank_of))
        writer.writerows(zip(self.query_id, *(ranks.tolist() for ranks in self.rank_of.values()), strict=True))
        return stream.getvalue()

    def rows(self, query_id: list[str]) -> Self:
        """Return the ranks of some of the queries, in their order."""
        row_of = {name: row for row, name in enumerate(self.query_id)}
        index = np.array([row_of[name] for name in query_id], dtype=np.int64)
        return type(self)(self.query_id[index], {name: ranks[index] for name, ranks in self.rank_of.items()})
