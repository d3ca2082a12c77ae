"""A gallery that stays on disk, searched a part at a time: memory grows with queries, depth and a part alone."""

from collections.abc import Callable, Sequence

import numpy as np

from lookalike.catalog.queries import queries_of
from lookalike.embedding.stored import StoredTable
from lookalike.params.retrieval import RetrievalOptions
from lookalike.retrieval.embeddings import Embeddings
from lookalike.retrieval.nearest import Answers, by_candidates, extended
from lookalike.retrieval.photographs import as_asked
from lookalike.retrieval.pipeline import OF_SCORES, similarity
from lookalike.retrieval.ranking import Ranking, depth_within
from lookalike.retrieval.similarity import Similarity

# Gallery rows of one part: 134 MB of 512 numbers. Whole blocks of what `shift` moves at once.
ROWS = 1 << 16

# From each model's embeddings to one similarity.
Compare = Callable[[Sequence[Embeddings]], Similarity]


def rank(table: StoredTable, options: RetrievalOptions) -> Ranking:
    """Rank the gallery by one model, holding no more of it than the options need.

    Args:
        table: the model's.
        options: the `retrieval` block.
    """
    return ranked([table], lambda embeddings: similarity(embeddings[0], options), options)


def ranked(tables: Sequence[StoredTable], compare: Compare, options: RetrievalOptions, joint: bool = True) -> Ranking:
    """Rank by what compares embeddings: the whole gallery, or a part of it after the other, with the same answers.

    Args:
        tables: one for each model, of the same images.
        compare: what ranks, under the options.
        options: the `retrieval` block.
        joint: whether what ranks is one cosine.
    """
    query, gallery = (tables[0].split == split for split in ("query", "gallery"))
    query_id, gallery_id = np.unique(queries_of(tables[0].image_id[query])), tables[0].image_id[gallery]
    depth = depth_within(options.depth, len(query_id), len(gallery_id))
    large = by_candidates(len(query_id), len(gallery_id), depth)
    if not (joint and large and in_parts(options, tables[0].domain[tables[0].split == "train"])):
        whole = [Embeddings.of(as_asked(table.whole())) for table in tables]
        return Ranking.of(query_id, gallery_id, compare(whole).top, depth)
    held = [Embeddings.of(as_asked(table.rows(~gallery).whole())) for table in tables]
    return Ranking(query_id, gallery_id, *_top(held, [table.rows(gallery) for table in tables], compare, depth))


def in_parts(options: RetrievalOptions, train_domain: np.ndarray) -> bool:
    """Return whether no gallery image's score depends on others, and every score is a cosine.

    Args:
        options: the `retrieval` block.
        train_domain: (n_train,) real, synthetic or unknown; the gallery says which unknown ones are, if it may.
    """
    needs_others = (options.gallery_averaging.enabled, options.expansion.enabled)
    learns_from_test = options.transductive and options.shift.method != "none"
    from_gallery = learns_from_test and (options.shift.reference == "test" or bool((train_domain == "unknown").any()))
    return not (from_gallery or any(needs_others) or any(getattr(options, name).enabled for name in OF_SCORES))


def _top(held: list[Embeddings], galleries: list[StoredTable], compare: Compare, depth: int) -> Answers:
    found, start = None, 0
    for parts in zip(*(gallery.parts(ROWS) for gallery in galleries), strict=True):
        embeddings = [part.searching(gallery) for part, gallery in zip(held, parts, strict=True)]
        placed = compare(embeddings).placed
        found = extended(found, placed.query, placed.gallery, start, depth)
        start += len(parts[0])
        # Not while the next part is read.
        del parts, embeddings, placed
    assert found is not None, "a gallery that is searched in parts is large"
    return found
