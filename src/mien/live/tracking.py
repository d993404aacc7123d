"""Faces followed from frame to frame: an identity for each, and scores that do not flicker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from scipy.optimize import linear_sum_assignment

from mien.faces import cropping
from mien.faces.cropping import Box

SMOOTHING = 0.4
"""Seconds in which the weight of an old score falls to 1/e."""

PATIENCE = 1.0
"""Seconds for which a face that is not found keeps its identity."""


@dataclass(eq=False)
class Track:
    """A face that is followed.

    Attributes:
        id: from 1, never given twice.
        box: where it was found last.
        scores: (class,) smoothed probabilities.
        seen: when it was found last, in seconds.
    """

    id: int
    box: Box
    scores: np.ndarray
    seen: float


@dataclass
class Tracker:
    """Gives faces of consecutive frames their identities."""

    tracks: list[Track] = field(default_factory=list)
    _ids: count = field(default_factory=lambda: count(1))

    def update(self, boxes: Sequence[Box], scores: np.ndarray, seconds: float) -> list[Track]:
        """Take in the faces of a frame.

        A face is the one whose box, when it was found last, overlaps its own most, over all faces together. Its scores
        are s <- w s + (1 - w) new with w = exp(-dt / `SMOOTHING`), so that they do not depend on the frame rate.

        Args:
            boxes: of the faces found.
            scores: (face, class) their probabilities; a row of NaN, of a face without an answer, changes nothing.
            seconds: time of the frame; does not fall.

        Returns:
            One track for each box, in their order.
        """
        self.tracks = [track for track in self.tracks if seconds - track.seen <= PATIENCE]
        known = dict(_matched(boxes, [track.box for track in self.tracks]))
        found = []
        for i, (box, new) in enumerate(zip(boxes, scores, strict=True)):
            if i in known:
                track = self.tracks[known[i]]
                weight = np.exp((track.seen - seconds) / SMOOTHING)
                mixed = weight * track.scores + (1 - weight) * new
                track.scores = np.where(np.isnan(new), track.scores, np.where(np.isnan(track.scores), new, mixed))
                track.box, track.seen = box, seconds
            else:
                track = Track(next(self._ids), box, np.array(new, float), seconds)
            found.append(track)
        self.tracks += [track for track in found if track not in self.tracks]
        return found


def _matched(boxes: Sequence[Box], others: Sequence[Box]) -> list[tuple[int, int]]:
    """Pairs of places of boxes that overlap enough, each place once."""
    if not boxes or not others:
        return []
    shares = cropping.overlap(np.array(boxes, float), np.array(others, float))
    return [(i, j) for i, j in zip(*linear_sum_assignment(-shares), strict=True) if shares[i, j] >= cropping.OVERLAP]
