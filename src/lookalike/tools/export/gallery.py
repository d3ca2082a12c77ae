"""The gallery's embeddings as a FAISS index, with the image id of each of its rows."""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import atomic_path, write_json
from lookalike.retrieval.nearest import TOLERANCE, top_k

INDEX, IDS = "gallery.faiss", "gallery_ids.json"
DEPTH = 10


@dataclass(frozen=True)
class GalleryParity:
    """How the index answers the run's queries, beside the plain cosine of the `rank` stage.

    Attributes:
        images: rows of the index.
        queries: queries asked.
        depth: answers compared for each.
        same_order: share of the answers at the same rank; the others are ties.
    """

    images: int
    queries: int
    depth: int
    same_order: float


def write_gallery(folder: Path, table: EmbeddingTable) -> GalleryParity:
    """Write `gallery.faiss`, exact search by inner product, and `gallery_ids.json`, one id a row.

    Raises:
        LookalikeError: the index does not answer as plain cosine does.
    """
    gallery = table.of_split("gallery")
    index = faiss.IndexFlatIP(gallery.dim)
    index.add(np.ascontiguousarray(gallery.embedding))
    with atomic_path(folder / INDEX) as temporary:
        # Not by FAISS itself, which does not say that a disk is full.
        temporary.write_bytes(faiss.serialize_index(index).tobytes())
        parity = compare(faiss.read_index(str(temporary)), table.of_split("query").embedding, gallery.embedding)
    write_json(folder / IDS, gallery.image_id.tolist())
    return parity


def compare(index: faiss.Index, query: np.ndarray, gallery: np.ndarray) -> GalleryParity:
    """Hold an index's answers against plain cosine.

    Args:
        index: of the gallery.
        query: (n_query, dim) float32 unit rows.
        gallery: (n_gallery, dim) float32 unit rows.

    Raises:
        LookalikeError: an answer's similarity is not that of the answer at its rank.
    """
    depth = min(DEPTH, len(gallery))
    order, score = top_k(query, gallery, depth)
    similarity, found = index.search(np.ascontiguousarray(query), depth)
    exact = np.einsum("qd,qkd->qk", query.astype(np.float64), gallery[found].astype(np.float64))
    if not (np.abs(similarity - score) <= TOLERANCE).all() or not (np.abs(exact - score) <= TOLERANCE).all():
        raise LookalikeError(f"{INDEX}: answers differ from plain cosine by more than ties; nothing was written")
    same = float((found == order).mean()) if order.size else 1.0
    return GalleryParity(len(gallery), len(query), depth, same)
