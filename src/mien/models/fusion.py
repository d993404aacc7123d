"""One network from two: a convolutional branch on pictures and a dense branch on distances, joined."""

import keras
from keras import layers
from keras_tuner import HyperParameters

from mien.models.clone import copied


def join(hp: HyperParameters, pictures: keras.Model, distances: keras.Model, n_classes: int) -> keras.Model:
    """Join what two networks know just before their outputs, by dense layers.

    Both bring the weights they have, and learn on inside the joined network.

    Args:
        hp: width and dropout of the joint; its defaults are the committed configuration.
        pictures: a network of `picture` with an output layer named `logits`, see `resnet.build`.
        distances: a network of `features` with such an output, see `dense.build`.
        n_classes: outputs.

    Returns:
        A model of {`picture`, `features`} -> logits (batch, n_classes).
    """
    units = hp.Int("joint_units", 64, 512, step=64, default=256)
    dropout = hp.Float("joint_dropout", 0.0, 0.6, step=0.1, default=0.4)
    # one from a file may have names that the other has, too
    distances = copied(distances, lambda config: {"name": f"distances_{config['name']}"})
    branches = [
        layers.LayerNormalization(name=f"joint_{name}")(model.get_layer(logits).input)
        for name, model, logits in (("pictures", pictures, "logits"), ("distances", distances, "distances_logits"))
    ]
    x = layers.Concatenate(name="joint")(branches)  # (batch, channels + units)
    x = layers.Dense(units, activation="gelu", name="joint_dense")(x)
    x = layers.Dropout(dropout, name="joint_dropout")(x)
    inputs = {"picture": pictures.input, "features": distances.input}
    return keras.Model(inputs, layers.Dense(n_classes, dtype="float32", name="logits")(x))
