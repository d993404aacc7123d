"""How far a face's eyes are open, and faces whose eyes are open that far."""

import numpy as np

from mien.face_model.model import FaceModel
from mien.labels import EMOTIONS

LIDS = (
    ((33, 133), ((160, 144), (159, 145), (158, 153))),  # right eye: corners, then pairs of upper and lower lid
    ((263, 362), ((387, 373), (386, 374), (385, 380))),  # left eye
)
"""Points of MediaPipe's mesh."""

STATES = {"eye_closed": 0.1, "eye_narrowed": 0.2, "eye_open": 0.3, "eye_wide": 0.4}
"""Middle of each state's openings; a state reaches half-way to its neighbours."""

_FACES = 2000  # drawn to learn how the parameters move with the opening


def opening(points: np.ndarray) -> np.ndarray:
    """Mean distance of the lids over the distance of the corners, mean of both eyes.

    Args:
        points: (..., 478, axes) meshes.

    Returns:
        (...), about 0.1 with eyes closed and 0.4 wide open.
    """

    def length(i: int, j: int) -> np.ndarray:
        return np.linalg.norm(points[..., i, :2] - points[..., j, :2], axis=-1)

    eyes = [np.mean([length(*pair) for pair in lids], axis=0) / length(*corners) for corners, lids in LIDS]
    return np.mean(eyes, axis=0)


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
