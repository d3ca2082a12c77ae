"""A finished run, for programs and for notebooks: `Run(".").scores`, `Run(".", rev="main").misses("ensemble")`."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lookalike.catalog.queries import photographs
from lookalike.kit.errors import LookalikeError
from lookalike.metrics.scoreboard import FIGURES
from lookalike.params.load import Params
from lookalike.run.files import Files
from lookalike.run.revisions import WORKSPACE, Revision

if TYPE_CHECKING:
    # Imported where a table is asked for: most users of a run want none, and pandas takes half a second.
    import pandas as pd


class Run:
    """What `dvc repro` left, in the workspace or at a revision, read when it is first asked for.

    Attributes:
        root: the project's folder.
        name: the revision, as the person wrote it.
        files: the same as the typed tables that the stages exchange.
    """

    def __init__(self, root: Path | str = ".", rev: str = WORKSPACE) -> None:
        """Name a run; `rev` is a branch, a tag, a commit, or the name of a DVC experiment.

        Raises:
            LookalikeError: neither git nor DVC knows the revision.
        """
        self.root, self.name = Path(root), rev
        self.files = Files(Revision.find(rev, self.root))

    def __repr__(self) -> str:
        return f"Run({str(self.root)!r}, rev={self.name!r})"

    @property
    def params(self) -> Params:
        """The recipe, as `params.yaml` holds it."""
        return self.files.params

    @property
    def images(self) -> Path:
        """The folder of the dataset, which image ids are relative to; a revision's own is not kept."""
        return self.files.layout.images(self.files.dataset)

    @property
    def scores(self) -> "pd.DataFrame":
        """Figures of every system: one row a system, best first; one column a figure of `metrics.json`."""
        import pandas as pd

        table = pd.DataFrame.from_dict(dict(self.files.scores), orient="index").reindex(self.files.systems)
        first = [name for name in FIGURES if name in table]
        return table[[*first, *table.columns.difference(first)]].rename_axis("system")

    @property
    def queries(self) -> "pd.DataFrame":
        """One row a system and scored query: query_id, system, first_hit, score, margin, confidence.

        `first_hit` is the rank of the first right image, 0 where there is none; `score` is that of the first answer,
        `margin` how far it stands above the second, `confidence` the probability that it is right, where it is known.
        """
        import pandas as pd

        return pd.read_parquet(self.files.path(self.files.layout.queries))

    @property
    def catalog(self) -> "pd.DataFrame":
        """One row an image: image_id, split, domain, label, width, height, sha256, status."""
        import pandas as pd

        return pd.DataFrame(vars(self.files.catalog))

    def history(self, model: str) -> "pd.DataFrame":
        """Return how a model was trained, one row an epoch; no rows for one that was not."""
        import pandas as pd

        return pd.read_csv(self.files.path(self.files.layout.training_history(self._known(model))))

    def answers(self, system: str, top: int = 10) -> "pd.DataFrame":
        """Return the first answers to every query: query_id, rank, answer, score, right.

        Args:
            system: a model of the run, or `ensemble`.
            top: how many for each query.

        Raises:
            LookalikeError: the run has no such system.
        """
        import pandas as pd

        ranking = self.files.ranking(self._known(system))
        order = ranking.order[:, :top]
        columns = {
            "query_id": np.repeat(ranking.query_id, order.shape[1]),
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(order)),
            "answer": ranking.gallery_id[order].reshape(-1),
            "score": ranking.score[:, :top].reshape(-1),
        }
        table = pd.DataFrame(columns)
        asked, given = (table[name].map(self._label) for name in ("query_id", "answer"))
        return table.assign(right=asked.notna() & (asked == given))

    def misses(self, system: str) -> "pd.DataFrame":
        """Return the scored queries whose first answer is wrong, the most similar wrong answer first.

        Columns: query_id, label, answer (the gallery image at rank 1), answer_label, first_hit (the rank of the first
        right image, 0 where there is none), score, margin, confidence. A query without an answer comes last.

        Raises:
            LookalikeError: the run has no such system.
        """
        first = self.answers(system, top=1)[["query_id", "answer"]]
        scored = self.queries
        wrong = scored[(scored["system"] == system) & (scored["first_hit"] != 1)]
        table = wrong.merge(first, how="left", on="query_id")
        table = table.assign(label=table["query_id"].map(self._label), answer_label=table["answer"].map(self._label))
        table = table.sort_values(["score", "query_id"], ascending=[False, True], ignore_index=True)
        return table[["query_id", "label", "answer", "answer_label", "first_hit", "score", "margin", "confidence"]]

    @cached_property
    def _label(self) -> dict[str, str | None]:
        label = dict(zip(self.files.catalog.image_id, self.files.catalog.label, strict=True))
        return label | {query: label[name] for query, name in photographs(self.files.catalog).items()}

    def _known(self, name: str) -> str:
        if name not in self.files.systems:
            raise LookalikeError(f"{name}: the run has {', '.join(self.files.systems)}")
        return name
