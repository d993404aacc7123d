"""Scores of classes in an order: how far off, beside how often."""

import numpy as np
from sklearn.metrics import confusion_matrix

from mien.evaluation import metrics


def score(truth: np.ndarray, probabilities: np.ndarray, group: np.ndarray, seed: int = 0) -> dict:
    """Score predictions of ordered classes; `metrics.score` says the rest.

    Args:
        truth: (n,) class indices.
        probabilities: (n, k); the predicted class is the most probable one.
        group: (n,) near-duplicate group or subject; the intervals resample groups.
        seed: of the bootstrap.

    Returns:
        `mae` and `quadratic_kappa`, see `summaries`, each also `…_ci95`, [low, high]; and the `groups` there are. Of
        no faces nothing.
    """
    if not len(truth):
        return {}
    predicted, k = probabilities.argmax(axis=1), probabilities.shape[1]
    confusion = confusion_matrix(truth, predicted, labels=range(k))
    return {
        **{name: float(value) for name, value in summaries(confusion).items()},
        **metrics.bootstrap_ci(truth, predicted, k, group, seed, summaries),
        "groups": len(np.unique(group)),
    }


def summaries(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """How far off the answers are.

    Args:
        confusion: (..., k, k), rows are the truth.

    Returns:
        `mae`, the mean distance of answer and truth in steps from one class to the next; and `quadratic_kappa` (Cohen,
        1968), 1 where all are right and 0 where the squared distances are those of chance, or where all faces and
        answers are of one class.
    """
    step = np.arange(confusion.shape[-1])
    distance = np.abs(step[:, None] - step)
    n = confusion.sum(axis=(-2, -1))
    observed = (confusion * distance**2).sum(axis=(-2, -1))
    chance = np.einsum("...i,...j,ij->...", confusion.sum(axis=-1), confusion.sum(axis=-2), distance**2) / n
    return {
        "mae": (confusion * distance).sum(axis=(-2, -1)) / n,
        "quadratic_kappa": np.where(chance > 0, 1 - observed / np.where(chance > 0, chance, 1), 0),
    }
