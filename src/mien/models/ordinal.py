"""Ordered classes from a few numbers: one direction, and a threshold between each class and the next."""

from mord import LogisticAT
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler


def build(alpha: float = 1.0) -> Pipeline:
    """Standardisation, then ordinal logistic regression with all thresholds (Rennie & Srebro, 2005).

    Args:
        alpha: weight of the squared coefficients beside the sum of the losses of all training rows.

    Returns:
        An estimator of (row, feature) and class indices from 0, of which training rows must show every one; it gives
        probabilities.
    """
    return make_pipeline(StandardScaler(), LogisticAT(alpha=alpha))
