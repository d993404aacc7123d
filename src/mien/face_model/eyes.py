"""How far a face's eyes are open, and faces whose eyes are open that far."""

import numpy as np

from mien.face_model.model import FaceModel
from mien.vocabulary import topology
from mien.vocabulary.labels import EMOTIONS, EYE_STATES

STATES = dict(zip(EYE_STATES, (0.1, 0.2, 0.3, 0.46), strict=True))
"""Middle of each state's openings; a state reaches half-way to its neighbours, so eyes are wide from 0.38 on: of
FER2013's neutral training faces a fifth, of its surprised ones two thirds (notebook 33)."""

_FACES = 2000  # drawn to learn how the parameters move with the opening


def opening(points: np.ndarray) -> np.ndarray:
    """How far the eyes of (..., 478, axes) meshes are open: (...), the mean of both eyes' `topology.eye_ratios`."""
    return topology.eye_ratios(points).mean(axis=-1)


def direction(model: FaceModel) -> np.ndarray:
    """What an opening of one more adds to the parameters, by regression over sampled faces of all expressions.

    Returns:
        (k,) shape, then appearance parameters.
    """
    drawn = [np.hstack(model.sample(_FACES // 7, emotion, seed=0)) for emotion in range(len(EMOTIONS))]
    parameters = np.concatenate([rows - rows.mean(axis=0) for rows in drawn])
    shapes = np.concatenate([rows[:, : model.shapes] for rows in drawn])
    open_by = opening(model.points(shapes, 1))
    open_by -= open_by.mean()
    return parameters.T @ open_by / (open_by @ open_by)


def with_opening(
    model: FaceModel, shape: np.ndarray, appearance: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Open or close the eyes of faces, with all that goes with it.

    Args:
        model: the face model.
        shape: (n, shapes) parameters.
        appearance: (n, textures + 2) parameters.
        wanted: (n,) openings.

    Returns:
        Parameters of the same shapes; the opening is met as far as a few steps along one direction meet it.
    """
    along = direction(model)
    for _ in range(4):
        missing = np.asarray(wanted) - opening(model.points(shape, 1))
        shape = shape + missing[:, None] * along[: model.shapes]
        appearance = appearance + missing[:, None] * along[model.shapes :]
    return shape, appearance
