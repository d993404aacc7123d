"""The faces of a training without Jupyter."""

import hashlib

import keras
import numpy as np
import xarray as xr

from mien.faces import splits
from mien.vocabulary import labels


class Bench:
    """The faces that teach and those that choose, in one table: the former first.

    Args:
        faces: with `image`, `emotion`, `split` and `group`; other splits are left where they are.
        target: a key of `labels.TARGETS`.
    """

    def __init__(self, faces: xr.Dataset, target: str = "emotion7"):
        aim, split = labels.TARGETS[target], faces["split"].values.astype(object)
        code, unseen = aim.encode(faces["emotion"].values), splits.unseen(faces)
        rows = {part: np.flatnonzero((split == part) & (code != labels.UNKNOWN)) for part in ("train", "validation")}
        both = np.concatenate([rows["train"], rows["validation"]])
        self.pictures, self.classes = faces["image"].values[both], aim.classes
        self.shape = self.pictures.shape[1:]
        self.taught, self.code, self.unseen = len(rows["train"]), code[both], unseen[both]
        self.y = keras.utils.to_categorical(self.code[: self.taught], len(aim.classes))

    @property
    def digest(self) -> str:
        """The sha256 of pictures, labels and copies."""
        parts = (self.pictures, self.code, self.unseen, np.array(self.taught))
        return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()

    @property
    def chooses(self) -> np.ndarray:
        """Rows of the validation faces, copies of training faces among them."""
        return np.arange(self.taught, len(self.code))

    def scores(self, answers: np.ndarray) -> dict[str, float]:
        """Accuracy of answers (face, class) on all validation faces, and on those that are no copies (`clean`)."""
        right = answers.argmax(axis=1) == self.code[self.chooses]
        return {"all": float(right.mean()), "clean": float(right[self.unseen[self.chooses]].mean())}
