"""Frames in, a table of faces out: with identities, and with scores that do not flicker."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mien.faces.detectors import Detection, meshes
from mien.inference.predictor import BOX, Predictor, most_probable
from mien.live.stream import Frame
from mien.live.tracking import Tracker


class Watcher:
    """Looks at one frame after the other.

    Args:
        predictor: finds the faces of a frame and says what is on them.
    """

    def __init__(self, predictor: Predictor):
        self.predictor, self._tracker = predictor, Tracker()
        self.found: Sequence[Detection] = ()

    def look(self, frame: Frame) -> pd.DataFrame:
        """The faces of a frame, which comes after those looked at before.

        Returns:
            One row a face, as `Predictor.predict` of a picture; before these `seconds` and the face's `id`.
            Probabilities are smoothed over time, see `Tracker`, and `expression` is the most probable one of them.
        """
        image, classes = frame.image, [*self.predictor.classes]
        self.found = self.predictor.detector.find(image, frame.seconds)
        boxes = [face.box for face in self.found]
        table = self.predictor.look([image] * len(boxes), boxes, meshes(self.found))
        tracks = self._tracker.update(boxes, table[classes].to_numpy(), frame.seconds)
        table[classes] = np.reshape([track.scores for track in tracks], (-1, len(classes)))
        table["expression"] = most_probable(table[classes])
        places = pd.DataFrame(boxes, columns=BOX, dtype=int)
        named = pd.DataFrame(
            {"seconds": frame.seconds, "id": np.array([track.id for track in tracks], int)}, index=table.index
        )
        return pd.concat([named, places, table], axis=1)
