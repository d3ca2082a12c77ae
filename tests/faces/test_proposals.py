"""All resolutions side by side, against P-Net in torch on each resolution by itself."""

import numpy as np
import torch
from facenet_pytorch import MTCNN
from torchvision.ops import nms

from lookalike.faces.boxes import shifted, squared
from lookalike.faces.networks import SlidingNetwork
from lookalike.faces.patches import Patches
from lookalike.faces.proposals import propose

FACES, LEAST, BORDER = (40.0, 56.4, 79.6, 112.2), 0.3, 60


def one_by_one(patches: Patches) -> np.ndarray:
    """Return the proposals of each resolution, found by itself, as published."""
    network, found = MTCNN().pnet, []
    height, width = patches.halves[0].shape[:2]
    for face in FACES:
        step = face / 12
        # Centres inside the image: half a field of room, on an even number of pixels.
        sides = [2 * int(np.ceil((side / step + 12) / 2)) for side in (width, height)]
        corner = BORDER - 6 * step
        level = patches.cut((corner, corner), (step, step), (sides[0], sides[1]))
        with torch.inference_mode():
            offset, probability = network((torch.from_numpy(level).permute(2, 0, 1)[None].float() - 127.5) / 128)
        row, column = torch.nonzero(probability[0, 1] >= LEAST).T
        score, first = probability[0, 1, row, column], 2 * torch.stack([column, row], dim=1).double()
        # In whole pixels of the level, so that an overlap of exactly a half is one.
        kept = nms(torch.cat([first, first + 12], dim=1), score.double(), 0.5)
        place = corner + step * first[kept]
        found.append(
            torch.cat([score[kept, None], place, place + face, offset[0][:, row[kept], column[kept]].T], dim=1)
        )
    rows = torch.cat(found)
    rows = rows[nms(rows[:, 1:5], rows[:, 0], 0.7)].numpy()
    return squared(shifted(rows[:, 1:5], rows[:, 5:]))


def test_resolutions_side_by_side_propose_what_each_does_alone(portraits: list[np.ndarray]) -> None:
    for portrait in portraits:
        patches = Patches.of(portrait, BORDER)
        expected, found = one_by_one(patches), propose(SlidingNetwork(), patches, FACES, LEAST)
        assert len(found) == len(expected) > 3
        order, other = (np.lexsort(np.round(boxes, 2).T) for boxes in (expected, found))
        np.testing.assert_allclose(found[other], expected[order], atol=1e-2)


def test_an_image_smaller_than_the_field_proposes_nothing() -> None:
    assert propose(SlidingNetwork(), Patches.of(np.zeros((3, 2, 3), np.uint8)), [40.0], 0.5).shape == (0, 4)
