"""One answer for each face, from one view of it or from several."""

from typing import TYPE_CHECKING, Union

import numpy as np

from mien.faces.table import measured
from mien.faces.warping import SHIFTS, warp
from mien.models.litert import Network

if TYPE_CHECKING:
    import keras
    from sklearn.base import BaseEstimator

Model = Union["keras.Model", Network, "BaseEstimator"]
"""What answers for faces."""

BATCH = 512

FEW = 8
"""Up to so many faces are asked one by one: Keras' `predict` takes a tenth of a second to set out."""


def predict(model: Model, inputs: dict[str, np.ndarray], otherwise: np.ndarray, views: int = 1) -> np.ndarray:
    """Probabilities of the whole face, or the mean over ten views of its picture (after Krizhevsky et al., 2012).

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
    known = measured(inputs)
    found = np.tile(np.asarray(otherwise, float), (len(known), 1))
    if known.any():
        given = {name: values[known] for name, values in inputs.items()}
        seen = [given] if views == 1 else [{"picture": view} for view in ten_views(given["picture"])]
        found[known] = np.mean([answers(model, view, len(otherwise)) for view in seen], axis=0)
    return found


def answers(model: Model, inputs: dict[str, np.ndarray], classes: int | None = None) -> np.ndarray:
    """What a model says of faces, however many there are.

    Args:
        model: a network of the inputs, or an estimator of their `svm.table`.
        inputs: name -> (face, ...), one face at least.
        classes: how many an estimator has, those that no training face shows among them; None: those it has seen.

    Returns:
        (face, ...), what it gives.
    """
    if isinstance(model, Network):
        return model(inputs)
    if hasattr(model, "predict_proba"):
        from mien.models import svm  # here: who needs no estimator need not wait for scikit-learn

        return svm.probabilities(model, svm.table(inputs), classes)
    n = len(next(iter(inputs.values())))
    if n > FEW:
        return model.predict(_given(inputs), batch_size=BATCH, verbose=0)
    one_by_one = [{name: values[[i]] for name, values in inputs.items()} for i in range(n)]
    return np.concatenate([model.predict_on_batch(_given(face)) for face in one_by_one])


def _given(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray] | np.ndarray:
    """Several inputs by their names, a single one as it is."""
    only, *others = inputs.values()
    return inputs if others else only


def ten_views(pictures: np.ndarray) -> np.ndarray:
    """Each picture as it is and moved by `SHIFTS`, and the mirror images of all five.

    Args:
        pictures: (face, y, x) uint8.

    Returns:
        (10, face, y, x) uint8, the edge replicated.
    """
    views = [(shift, flip) for flip in (False, True) for shift in SHIFTS]
    return np.stack([[warp(picture, shift, flip=flip) for picture in pictures] for shift, flip in views])
