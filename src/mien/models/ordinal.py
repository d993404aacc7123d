"""Ordered classes from a few numbers: one direction, and a threshold between each class and the next."""

from typing import TYPE_CHECKING

import numpy as np
from mord import LogisticAT
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    import keras


def build(alpha: float = 1.0) -> Pipeline:
    """Standardisation, then ordinal logistic regression with all thresholds (Rennie & Srebro, 2005).

    Args:
        alpha: weight of the squared coefficients beside the sum of the losses of all training rows.

    Returns:
        An estimator of (row, feature) and class indices from 0, of which training rows must show every one; it gives
        probabilities.
    """
    return make_pipeline(StandardScaler(), LogisticAT(alpha=alpha))


def as_network(estimator: Pipeline, name: str) -> "keras.Model":
    """The same as a network, for `export.to_litert`: who answers with it need not load scikit-learn.

    Args:
        estimator: `build`, fitted.
        name: of the network's input.

    Returns:
        A model of (row, feature) -> probabilities (row, class): the differences between those of at most each class,
        sigmoid(threshold - coefficients · standardised features).
    """
    import keras  # here: who fits an estimator need not load it
    from keras import layers

    scaler, regression = estimator
    below = len(regression.theta_)  # thresholds, one fewer than classes
    rows = keras.Input((len(scaler.mean_),), name=name)
    standardised = layers.Normalization(mean=scaler.mean_, variance=scaler.var_)(rows)
    at_most = layers.Dense(below, activation="sigmoid")
    differences = layers.Dense(below + 1)
    network = keras.Model(rows, differences(at_most(standardised)))
    at_most.set_weights([np.repeat(-regression.coef_[:, None], below, axis=1), regression.theta_])
    differences.set_weights([np.eye(below, below + 1) - np.eye(below, below + 1, 1), np.eye(below + 1)[below]])
    return network
