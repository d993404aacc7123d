"""A dense network on a table of features."""

import keras
import numpy as np
from keras import layers
from keras_tuner import HyperParameters


def build(hp: HyperParameters, train: np.ndarray, n_classes: int) -> keras.Model:
    """Standardisation, then blocks of dense, batch normalisation, GELU and dropout; the outputs are logits.

    Args:
        hp: widths, depth and dropout; its defaults are the committed configuration.
        train: (face, feature) training rows, from which mean and variance are taken.
        n_classes: outputs.

    Returns:
        A model (batch, feature) -> (batch, n_classes). It holds the standardisation: give it raw features.
    """
    units = hp.Int("units", 128, 1024, step=128, default=512)
    depth = hp.Int("depth", 1, 4, default=3)
    dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.4)

    standardise = layers.Normalization()
    standardise.adapt(train)
    inputs = keras.Input((train.shape[1],), name="features")
    x = standardise(inputs)
    for _ in range(depth):
        x = layers.Dense(units, use_bias=False)(x)  # the batch normalisation has the bias
        x = layers.BatchNormalization()(x)
        x = layers.Activation("gelu")(x)
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="logits")(x))
