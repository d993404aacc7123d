"""How far the eyes of faces are open, in words."""

import warnings
from collections.abc import Sequence

import numpy as np
import xarray as xr

from mien.engine.assets import AssetUnavailable
from mien.features.eye_state import eye_state
from mien.inference import views
from mien.landmarks import bundle, mediapipe478
from mien.vocabulary.labels import EYE_STATES

STATES = tuple(name.removeprefix("eye_") for name in EYE_STATES)
"""What is said of eyes: closed, narrowed, open or wide."""

SIZE = 192
"""Width of the pictures that meshes are looked for in, the input of MediaPipe's network."""


def meshes(faces: np.ndarray) -> np.ndarray:
    """MediaPipe's meshes of pictures of one face each.

    Args:
        faces: (face, y, x) uint8.

    Returns:
        (face, 478, 3) in pixels of the pictures; NaN where there is none, or MediaPipe's models are not here.
    """
    none = np.full((len(faces), mediapipe478.POINTS, 3), np.nan)
    try:
        bundle.models(fetch=False)
    except AssetUnavailable as missing:
        warnings.warn(f"{missing}. Until then nobody looks at eyes", stacklevel=2)
        return none
    return (
        mediapipe478.detect(xr.Dataset({"image": (("face", "y", "x"), faces)}))["points"].values if len(faces) else none
    )


def states(model: views.Model, meshes: np.ndarray) -> Sequence[str | None]:
    """The state of the eyes of each face: the most probable one, of the mean of both.

    Args:
        model: gives probabilities of `EYE_STATES` to the two numbers of an eye (`eyes`), see `features.eye_state`.
        meshes: (face, 478, 3); NaN where a face has none.

    Returns:
        One of `STATES` for each face; None without a mesh, or with an eye of no width.
    """
    names = np.full(len(meshes), None, object)
    if not np.isfinite(meshes).any():
        return names
    measured = eye_state(xr.Dataset({"points": (("face", "point", "axis"), meshes)}))["value"].values
    known = np.isfinite(measured).all(axis=1)
    if known.any():
        answers = views.answers(model, {"eyes": measured[known].reshape(-1, 2)}, len(STATES))
        answers = answers.reshape(-1, 2, len(STATES))
        names[known] = np.array(STATES, object)[answers.mean(axis=1).argmax(axis=1)]
    return names
