"""Copies of networks, with their weights."""

from collections.abc import Callable

import keras
from keras import layers


def copied(model: keras.Model, changed: Callable[[dict], dict]) -> keras.Model:
    """A copy of a network whose layers are configured anew.

    Args:
        model: of layers and operations of Keras' own.
        changed: a layer's configuration -> what is different in the copy's; nothing that changes its weights.
    """

    def anew(layer: keras.Layer | keras.Operation):
        config = layer.get_config()
        return type(layer).from_config(config | (changed(config) if isinstance(layer, keras.Layer) else {}))

    copy = keras.models.clone_model(model, clone_function=anew)
    copy.set_weights(model.get_weights())
    for layer in copy.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()  # which setting its weights leaves undone
    return copy
