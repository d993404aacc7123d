"""One answer for each face, from one view of it or from several."""

from typing import TYPE_CHECKING, Union

import numpy as np

from mien.models.litert import Network

if TYPE_CHECKING:
    import keras
    from sklearn.base import BaseEstimator

Model = Union["keras.Model", Network, "BaseEstimator"]
"""What answers for faces."""

CORNERS = ((0, 0), (-1, -1), (1, -1), (-1, 1), (1, 1))
"""Where a crop lies along x and y: in the middle, then in the four corners."""

BATCH = 512

FEW = 8
"""Up to so many faces are asked one by one: Keras' `predict` takes a tenth of a second to set out."""


def predict(model: Model, inputs: dict[str, np.ndarray], otherwise: np.ndarray, views: int = 1) -> np.ndarray:
    """Probabilities of the whole face, or the mean over ten crops of its picture (Krizhevsky et al., 2012).

    Args:
        model: gives probabilities: a network of the inputs, or an estimator of their `svm.table`.
        inputs: name -> (face, ...); a NaN says that this face could not be measured.
        otherwise: (class,) the answer for such a face, e.g. how common each class is.
        views: 1 or 10.

    Returns:
        (face, class).

    Raises:
        ValueError: another number of views, or ten of a model that takes more than a picture.
    """
    if views != 1 and (views != 10 or list(inputs) != ["picture"]):
        raise ValueError(f"expected 1 view, or 10 of a picture alone; got {views} of {', '.join(inputs)}")
    known = np.all([np.isfinite(v).all(axis=tuple(range(1, v.ndim))) for v in inputs.values()], axis=0)
    found = np.tile(np.asarray(otherwise, float), (len(known), 1))
    if known.any():
        given = {name: values[known] for name, values in inputs.items()}
        crops = [given] if views == 1 else [{"picture": crop} for crop in ten_crops(given["picture"])]
        found[known] = np.mean([answers(model, crop) for crop in crops], axis=0)
    return found


def answers(model: Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """What a model says of faces, however many there are.

    Args:
        model: a network of the inputs, or an estimator of their `svm.table`.
        inputs: name -> (face, ...), one face at least.

    Returns:
        (face, ...), what it gives.
    """
    if isinstance(model, Network):
        return model(inputs)
    if hasattr(model, "predict_proba"):
        from mien.models import svm  # here: who needs no estimator need not wait for scikit-learn

        return model.predict_proba(svm.table(inputs))
    n = len(next(iter(inputs.values())))
    if n > FEW:
        return model.predict(_given(inputs), batch_size=BATCH, verbose=0)
    one_by_one = [{name: values[[i]] for name, values in inputs.items()} for i in range(n)]
    return np.concatenate([model.predict_on_batch(_given(face)) for face in one_by_one])


def _given(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray] | np.ndarray:
    """Several inputs by their names, a single one as it is."""
    only, *others = inputs.values()
    return inputs if others else only


def ten_crops(pictures: np.ndarray, share: float = 0.92) -> np.ndarray:
    """The middle and the four corners of each picture, enlarged to its size, and their mirror images.

    Args:
        pictures: (face, y, x) uint8.
        share: of the width and height that a crop keeps.

    Returns:
        (10, face, y, x) uint8.
    """
    from mien.augmentation import warp  # here: it brings Keras, which takes seconds

    off = (1 / share - 1) / 2  # how far a corner is from the middle, in widths of the enlarged picture
    shifts = [(-off * x, -off * y) for x, y in CORNERS]  # what moves left shows its right
    views = [(shift, flip) for flip in (False, True) for shift in shifts]
    return np.stack([[warp(picture, shift, 1 / share, flip=flip) for picture in pictures] for shift, flip in views])
