"""Does a probability of 0.8 mean right in 80 % of cases? Measure it, and mend it with one temperature."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

BINS = 15
"""Bins of the top probability, as in Guo et al. (2017)."""

_SMALLEST = np.finfo(np.float32).tiny  # a network's softmax can round to 0, whose logarithm is not finite


def reliability(truth: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> dict[str, np.ndarray]:
    """Compare confidence with accuracy in bins of equal width (Guo et al., 2017, "On calibration of modern neural
    networks").

    Args:
        truth: (n,) class indices, n > 0.
        probabilities: (n, k), rows add up to 1.
        bins: number of bins over [0, 1]; each is open below and closed above.

    Returns:
        `confidence` (mean top probability), `accuracy` and `share` of the faces, each (bins,); the first two are NaN
        in an empty bin.
    """
    top = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    place = np.digitize(top, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    count = np.bincount(place, minlength=bins)
    some = np.where(count > 0, count, np.nan)
    return {
        "confidence": np.bincount(place, top, bins) / some,
        "accuracy": np.bincount(place, right, bins) / some,
        "share": count / len(truth),
    }


def ece(truth: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error in [0, 1]: the mean gap of `reliability`, weighted by share (Guo et al., 2017)."""
    found = reliability(truth, probabilities, bins)
    return float(np.nansum(found["share"] * abs(found["accuracy"] - found["confidence"])))


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, _SMALLEST, dtype=float))


def fit_temperature(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Find the temperature t with the least negative log-likelihood of softmax(log p / t) (Guo et al., 2017).

    It lies within [e^-3, e^3]; above 1 it softens, below 1 it sharpens.

    Args:
        truth: (n,) class indices of the validation faces: fitted on test faces it would flatter.
        probabilities: (n, k), as the model gives them.
    """
    logarithms = _log(probabilities)  # logits, up to a constant per row

    def loss(log_t: float) -> float:
        return -np.take_along_axis(log_softmax(logarithms / np.exp(log_t), axis=1), truth[:, None], axis=1).mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
