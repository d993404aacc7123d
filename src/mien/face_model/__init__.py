"""A statistical model of what faces look like, from which labelled faces are drawn that are nobody's."""

from mien.face_model.fit import fit
from mien.face_model.model import FILE, FaceModel

__all__ = ["FILE", "FaceModel", "fit"]
