"""How far keypoints are from where people marked them: arrays in, a dictionary that JSON can hold out."""

import numpy as np

from mien.evaluation.metrics import ENDS, drawn_means
from mien.vocabulary.topology import KEYPOINTS15

_LEFT, _RIGHT = (list(KEYPOINTS15).index(f"{side}_eye_center") for side in ("left", "right"))


def score(truth: np.ndarray, predicted: np.ndarray, group: np.ndarray, seed: int = 0) -> dict:
    """Score predicted points on the faces for which there are any.

    Args:
        truth: (face, 15, 2) in pixels, NaN where nobody marked a point.
        predicted: (face, 15, 2), NaN for a face that a detector did not find.
        group: (face,) what belongs together, a person or near-duplicates; the intervals resample groups, not faces.
        seed: of the bootstrap.

    Returns:
        `n` faces in `groups`; `coverage`, the share of them with a prediction; over the points that were marked on
        those `rmse_px`, the root of the mean squared error of a coordinate (Kaggle's score), and `nme`, the mean
        distance over that of the marked eye centres, each also `…_ci95`, [low, high]; `per_point` the same of each
        point, with its `n`. What nothing can be said of is left out.

    Raises:
        ValueError: the arrays do not belong to the same faces and points.
    """
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    if not truth.shape == predicted.shape == (len(group), len(KEYPOINTS15), 2):
        raise ValueError(f"{len(group)} groups, truth of shape {truth.shape} and points of shape {predicted.shape}")
    error = predicted - truth
    squared = np.square(error).mean(axis=-1)  # (face, 15)
    relative = np.linalg.norm(error, axis=-1) / _between_eyes(truth)[:, None]
    return {
        "n": len(group),
        "groups": len(np.unique(group)),
        "coverage": float(np.isfinite(predicted).all(axis=(1, 2)).mean()),
        **_summaries(squared, relative, group, seed),
        "per_point": {
            name: {"n": int(np.isfinite(of_point).sum()), **_summaries(of_point, relative[:, [k]], group, seed)}
            for k, (name, of_point) in enumerate(zip(KEYPOINTS15, np.hsplit(squared, len(KEYPOINTS15)), strict=True))
        },
    }


def offsets(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """By how much each point is off on average: what differs between two definitions of the points, among others.

    Args:
        truth, predicted: see `score`.

    Returns:
        (15, 2) in distances between the marked eye centres, along x and y of the picture; 0 of a point without marks.
    """
    error = (np.asarray(predicted, float) - truth) / _between_eyes(truth)[:, None, None]
    return np.nansum(error, axis=0) / np.isfinite(error).sum(axis=0).clip(1)


def without_offsets(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(face, 15, 2) predicted points, moved by the mean by which each is off, in shares of the face's eye distance."""
    return predicted - offsets(truth, predicted) * _between_eyes(truth)[:, None, None]


def _between_eyes(truth: np.ndarray) -> np.ndarray:
    """(face,) the distance between the marked eye centres, NaN where one of them is missing."""
    return np.linalg.norm(truth[:, _LEFT] - truth[:, _RIGHT], axis=-1)


def _summaries(squared: np.ndarray, relative: np.ndarray, group: np.ndarray, seed: int) -> dict:
    """Both measures of (face, point) errors, with percentile intervals from a cluster bootstrap (see `metrics`)."""
    summaries = {}
    for name, values, finish in (("rmse_px", squared, np.sqrt), ("nme", relative, np.asarray)):
        if np.isfinite(values).any():
            summaries[name] = float(finish(np.nanmean(values)))
            ends = np.nanquantile(drawn_means(values, group, seed), ENDS)
            summaries[f"{name}_ci95"] = finish(ends).tolist()
    return summaries
