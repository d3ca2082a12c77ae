"""Submissions in the competition's formats, written."""

import json
from collections import Counter
from collections.abc import Container
from pathlib import Path

import numpy as np

from lookalike.kit.files import write_json, write_text
from lookalike.retrieval.cutoff import dynamic_k
from lookalike.retrieval.ranking import Ranking

Answers = dict[str, list[str]]


def answers(
    ranking: Ranking, queries: list[str], depth: int, drop: float = 0.0, refused: Container[str] = ()
) -> Answers:
    """Return query file name -> gallery file names, best first.

    Args:
        ranking: the system's answers.
        queries: ids of every query of the dataset; one the ranking lacks gets an empty list, never someone else's.
        depth: how many gallery images to hand in.
        drop: cut a list where the score falls by more than this; 0 never cuts.
        refused: ids of queries whose answer is that nobody is found: an empty list.
    """
    query_name, gallery_name = file_names(queries), file_names(list(ranking.gallery_id))
    row_of = {image_id: row for row, image_id in enumerate(ranking.query_id)}
    keep = dynamic_k(ranking.score[:, :depth], drop)
    result: Answers = {}
    for image_id in sorted(queries):
        row = row_of.get(image_id)
        given = row is not None and image_id not in refused
        found = ranking.gallery_id[ranking.order[row, : keep[row]]] if given else ()
        result[query_name[image_id]] = [gallery_name[name] for name in found]
    return result


def file_names(image_ids: list[str]) -> dict[str, str]:
    """Return id -> file name, as the competition wants it; whole ids where file names are not unique."""
    name = {image_id: image_id.rsplit("/", 1)[-1] for image_id in image_ids}
    return name if len(set(name.values())) == len(name) else {image_id: image_id for image_id in image_ids}


def write_submissions(folder: Path, groupname: str, images: Answers) -> None:
    """Write the study's formats: submission.json, list.json, data.py and retrieval.py."""
    write_json(folder / "submission.json", {"groupname": groupname, "images": images})
    write_json(folder / "list.json", [{"filename": name, "gallery_images": found} for name, found in images.items()])
    literal = json.dumps(images, indent=1, ensure_ascii=True)
    write_text(folder / "data.py", f"data = {literal}\n")
    write_text(folder / "retrieval.py", f"groupname = {json.dumps(groupname)}\nretrieval = {literal}\n")


def write_refused(folder: Path, refused: set[str], rate: float, unknown: np.ndarray) -> None:
    """Write refused.json: whose empty list means that probably nobody of the gallery is shown.

    Args:
        folder: of the submission.
        refused: ids of the queries.
        rate: the false-accept rate that the threshold keeps.
        unknown: (n_query,) object, why nothing is known of a query; empty where something is. Those are not refused.
    """
    reasons = Counter(reason for reason in unknown.tolist() if reason)
    told = {"false_accept_rate": rate, "refused": sorted(refused), "unknown": dict(sorted(reasons.items()))}
    write_json(folder / "refused.json", told)
