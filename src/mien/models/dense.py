"""A dense network on a table of features."""

import keras
import numpy as np
from keras import layers, ops
from keras_tuner import HyperParameters
from sklearn.decomposition import PCA


def build(hp: HyperParameters, train: np.ndarray, n_classes: int) -> keras.Model:
    """Standardisation, principal components, then blocks of dense, batch normalisation, GELU and dropout.

    Distances between landmarks are few degrees of freedom seen many times: on their first principal components a
    network overfits less than on all of them.

    Args:
        hp: components, widths, depth and dropout; its defaults are the committed configuration.
        train: (face, feature) training rows, to which standardisation and components are fitted.
        n_classes: outputs.

    Returns:
        A model of raw features (batch, feature) -> logits (batch, n_classes).
    """
    components = hp.Int("components", 20, 200, step=20, default=100)
    units = hp.Int("units", 128, 1024, step=128, default=512)
    depth = hp.Int("depth", 1, 4, default=3)
    dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.4)

    inputs = keras.Input((train.shape[1],), name="features")
    x = project(inputs, train, components)
    for _ in range(depth):
        x = layers.Dense(units, use_bias=False)(x)  # the batch normalisation has the bias
        x = layers.BatchNormalization()(x)
        x = layers.Activation("gelu")(x)
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="logits")(x))


def project(inputs: keras.KerasTensor, train: np.ndarray, components: int) -> keras.KerasTensor:
    """Standardise features and project them to their first principal components, by layers that do not learn.

    Args:
        inputs: (batch, feature).
        train: (face, feature) rows to fit to.
        components: at most; fewer where there are fewer rows or features.

    Returns:
        (batch, components), half-whitened: each over the root of its standard deviation, so that the first ones still
        speak louder but do not drown the rest; the mean variance is 1.
    """
    standardise = layers.Normalization(name="standardise")
    standardise.adapt(train)
    rows = ops.convert_to_numpy(standardise(train))
    pca = PCA(min(components, *train.shape), svd_solver="covariance_eigh").fit(rows)
    deviation = np.sqrt(pca.explained_variance_)
    kernel = pca.components_.T / np.sqrt(deviation * deviation.mean())  # (feature, component)
    projection = layers.Dense(kernel.shape[1], trainable=False, name="principal_components")
    projected = projection(standardise(inputs))
    projection.set_weights([kernel, -pca.mean_ @ kernel])
    return projected
