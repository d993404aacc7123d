"""Plain convolutions on the picture of a face (Simonyan & Zisserman, 2015), batch-normalised."""

import keras
from keras import layers
from keras_tuner import HyperParameters

CHANNELS = (64, 128, 256, 384)
"""Of the two 3x3 convolutions of each block; every block halves the width."""

SMALL = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
"""Random weights to start from, a third of Glorot's variance where a layer has as many inputs as outputs: what stands
before a normalisation learns faster the smaller it is (van Laarhoven, 2017), and so the rate need not be larger."""


def build(hp: HyperParameters, shape: tuple[int, int], n_classes: int) -> keras.Model:
    """Four blocks of two convolutions, two dense layers with dropout, and one output per class.

    Dense layers know where on the face something is; a mean over the picture, as residual networks have it, does not.

    Args:
        hp: its defaults are the committed configuration.
        shape: height and width of the pictures.
        n_classes: outputs.

    Returns:
        A model of gray pictures (batch, y, x, 1) in grey levels, 0 to 255 -> logits (batch, n_classes).
    """
    units = hp.Int("units", 128, 1024, step=128, default=384)
    dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.5)
    inputs = keras.Input((*shape, 1), name="picture")
    x = layers.Rescaling(1 / 128, offset=-1, name="grey_levels")(inputs)
    for block, channels in enumerate(CHANNELS, 1):
        for part in "ab":
            options = {"use_bias": False, "kernel_initializer": SMALL.clone(), "name": f"block{block}_{part}"}
            x = layers.Conv2D(channels, 3, padding="same", **options)(x)
            x = layers.ReLU()(layers.BatchNormalization(name=f"block{block}_{part}_norm")(x))
        x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    for layer in (1, 2):
        x = layers.Dense(units, activation="relu", name=f"dense{layer}")(x)
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(n_classes, dtype="float32", name="logits")(x))
