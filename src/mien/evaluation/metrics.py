"""Scores of a classifier, each with its interval: arrays in, a dictionary that JSON can hold out."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mien.evaluation import calibration

REPEATS = 1000
"""Bootstrap samples: enough for the ends of a 95 % interval (Efron & Tibshirani, 1993)."""

LEVEL = 0.95
ENDS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


def score(
    truth: np.ndarray, probabilities: np.ndarray, classes: Sequence[str], group: np.ndarray, seed: int = 0
) -> dict:
    """Score predictions.

    Balanced accuracy and macro-F1 are means over the classes that occur in `truth`.

    Args:
        truth: (n,) class indices.
        probabilities: (n, k); the predicted class is the most probable one.
        classes: k names.
        group: (n,) near-duplicate group or subject; the intervals resample groups, not faces.
        seed: of the bootstrap.

    Returns:
        `n` faces in `groups`, `accuracy`, `balanced_accuracy`, `macro_f1` (each of the three also `…_ci95`, [low,
        high]), `ece`, `per_class` and `confusion` (rows are the truth). Of no faces at all only `n`.

    Raises:
        ValueError: a label is not one of the classes, or a probability is not a finite number.
    """
    truth, probabilities = np.asarray(truth), np.asarray(probabilities)
    if not len(truth):
        return {"n": 0}
    _check(truth, probabilities, len(classes))
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(truth, predicted, labels=range(len(classes)))
    return {
        "n": len(truth),
        "groups": len(np.unique(group)),
        **{name: float(value) for name, value in summaries(confusion).items()},
        **bootstrap_ci(truth, predicted, len(classes), group, seed),
        "ece": calibration.ece(truth, probabilities),
        "per_class": _per_class(truth, predicted, classes),
        "confusion": confusion.tolist(),
    }


def score_views(
    truth: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    group: np.ndarray,
    clean: np.ndarray,
    detected: np.ndarray | None,
    seed: int = 0,
) -> dict[str, dict]:
    """Score all faces, those whose copies the model has not seen, and those with landmarks.

    Args:
        truth, probabilities, classes, group, seed: as for `score`.
        clean: (n,) bool, no near-duplicate in Training or validation.
        detected: (n,) bool, the detector found landmarks; None for a model that needs none.

    Returns:
        `all`, `clean` and, unless `detected` is None, `detected`: each a `score` with its `coverage`, the share of
        the view's faces that have landmarks.
    """
    found = np.ones(len(truth), bool) if detected is None else np.asarray(detected, bool)
    views = {"all": np.ones(len(truth), bool), "clean": np.asarray(clean, bool)}
    if detected is not None:
        views["detected"] = found
    return {
        name: score(truth[rows], probabilities[rows], classes, group[rows], seed)
        | {"coverage": float(found[rows].mean()) if rows.any() else 1.0}
        for name, rows in views.items()
    }


def summaries(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, balanced accuracy and macro-F1 of (..., k, k) confusion matrices, rows are the truth."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)  # (..., k)
    true, predicted = confusion.sum(axis=-1), confusion.sum(axis=-2)
    occurring = np.count_nonzero(true, axis=-1)
    recall = right / np.maximum(true, 1)
    f1 = 2 * right / np.maximum(true + predicted, 1) * (true > 0)
    return {
        "accuracy": right.sum(axis=-1) / true.sum(axis=-1),
        "balanced_accuracy": recall.sum(axis=-1) / occurring,
        "macro_f1": f1.sum(axis=-1) / occurring,
    }


def bootstrap_ci(
    truth: np.ndarray,
    predicted: np.ndarray,
    k: int,
    group: np.ndarray,
    seed: int = 0,
    summarise: Callable[[np.ndarray], dict[str, np.ndarray]] = summaries,
) -> dict[str, list[float]]:
    """Percentile intervals from a cluster bootstrap (Efron & Tibshirani, 1993; Davison & Hinkley, 1997, section 3.8).

    Whole groups are drawn with replacement. Groups with equal confusion matrices are interchangeable, so it is enough
    to draw how often each distinct matrix comes up.

    Args:
        truth: (n,) class indices.
        predicted: (n,) class indices.
        k: number of classes.
        group: (n,) near-duplicate group.
        seed: of the draws.
        summarise: (repeats, k, k) confusion matrices, rows are the truth -> name -> (repeats,).

    Returns:
        For each name `<name>_ci95`, [low, high].
    """
    names, member = np.unique(group, return_inverse=True)
    cells = np.zeros((len(names), k * k), int)  # one flat confusion matrix a group
    np.add.at(cells, (member, truth * k + predicted), 1)
    distinct, count = np.unique(cells, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(names), count / len(names), REPEATS)  # (repeats, distinct)
    summarised = summarise((drawn @ distinct).reshape(-1, k, k))
    return {f"{name}_ci95": np.quantile(values, ENDS).tolist() for name, values in summarised.items()}


def drawn_means(values: np.ndarray, group: np.ndarray, seed: int = 0) -> np.ndarray:
    """Means over whole groups drawn with replacement, as in `bootstrap_ci`; the same groups for the same seed.

    Args:
        values: (n, k), NaN where there is none.
        group: (n,) what belongs together.
        seed: of the draws.

    Returns:
        (repeats,), NaN where no group that was drawn has a value.
    """
    names, member = np.unique(group, return_inverse=True)
    drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), REPEATS)
    totals = [np.bincount(member, of_face) for of_face in (np.nansum(values, 1), np.isfinite(values).sum(1))]
    with np.errstate(invalid="ignore"):
        return np.divide(*(drawn @ total for total in totals))


def gain(
    before: np.ndarray,
    after: np.ndarray,
    group: np.ndarray,
    seed: int = 0,
    finish: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> dict:
    """How much more the mean of some values is for a second model than for a first, on the same faces.

    Args:
        before, after: (n, k) what is measured of each model, e.g. 1 where it is right; NaN where there is nothing.
        group, seed: see `drawn_means`; both models are scored on the same draws, so that what makes a face hard for
            both does not widen the interval.
        finish: what is done to a mean, e.g. `np.sqrt` of squared errors.

    Returns:
        `before`, `after`, `gain` = after - before, its `gain_ci95`, [low, high], and the `groups` there are.
    """
    first, second = (float(finish(np.nanmean(values))) for values in (before, after))
    drawn = finish(drawn_means(after, group, seed)) - finish(drawn_means(before, group, seed))
    return {
        "before": first,
        "after": second,
        "gain": second - first,
        "gain_ci95": np.nanquantile(drawn, ENDS).tolist(),
        "groups": len(np.unique(group)),
    }


def _check(truth: np.ndarray, probabilities: np.ndarray, k: int) -> None:
    if probabilities.shape != (len(truth), k):
        raise ValueError(f"{len(truth)} labels of {k} classes, but probabilities of shape {probabilities.shape}")
    if truth.min() < 0 or truth.max() >= k:
        raise ValueError(f"labels from {truth.min()} to {truth.max()}, but {k} classes: leave unknown faces out")
    if not np.isfinite(probabilities).all():
        raise ValueError("a probability is not a finite number: state a rule for faces without landmarks")


def _per_class(truth: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> dict[str, dict]:
    columns = precision_recall_fscore_support(truth, predicted, labels=range(len(classes)), zero_division=0)
    return {
        name: {"precision": float(p), "recall": float(r), "f1": float(f), "n": int(n)}
        for name, p, r, f, n in zip(classes, *columns, strict=True)
    }
