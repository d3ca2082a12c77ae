"""Submissions in the competition's formats, written."""

import json
from pathlib import Path

from lookalike.kit.files import write_json, write_text
from lookalike.retrieval.cutoff import dynamic_k
from lookalike.retrieval.ranking import Ranking

Answers = dict[str, list[str]]


def answers(ranking: Ranking, queries: list[str], depth: int, drop: float = 0.0) -> Answers:
    """Return query file name -> gallery file names, best first.

    Args:
        ranking: the system's answers.
        queries: ids of every query of the dataset; one the ranking lacks gets an empty list, never someone else's.
        depth: how many gallery images to hand in.
        drop: cut a list where the score falls by more than this; 0 never cuts.
    """
    query_name, gallery_name = file_names(queries), file_names(list(ranking.gallery_id))
    row_of = {image_id: row for row, image_id in enumerate(ranking.query_id)}
    keep = dynamic_k(ranking.score[:, :depth], drop)
    result: Answers = {}
    for image_id in sorted(queries):
        row = row_of.get(image_id)
        found = ranking.gallery_id[ranking.order[row, : keep[row]]] if row is not None else ()
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
