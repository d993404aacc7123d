"""Logits -> probabilities, by layers, so that a saved file gives them."""

import keras
import numpy as np
from keras import layers, ops

from mien.engine import xla
from mien.vocabulary import labels


def with_probabilities(model: keras.Model, temperature: float, target: str | None = None) -> keras.Model:
    """Put temperature and softmax on a model of logits.

    Args:
        model: outputs logits.
        temperature: from `evaluation.calibration.fit_temperature` on validation faces.
        target: a key of `labels.TARGETS` to whose classes those of seven expressions are folded, as `Target.fold` does;
            None: the model's own.
    """
    scaled = layers.Rescaling(1 / temperature, dtype="float32", name="temperature")(model.output)
    probabilities = layers.Softmax(dtype="float32", name="probabilities")(scaled)
    return xla.spare(keras.Model(model.input, folded(probabilities, target) if target else probabilities))


def folded(probabilities: keras.KerasTensor, target: str) -> keras.KerasTensor:
    """Probabilities (batch, 7) of the expressions -> (batch, class) of the target's, among the faces that it has."""
    belongs = np.equal.outer(labels.TARGETS[target].classes_of, range(len(labels.TARGETS[target].classes)))
    fold = layers.Dense(belongs.shape[1], use_bias=False, trainable=False, dtype="float32", name="fold")
    shares = fold(probabilities)
    fold.set_weights([belongs.astype(np.float32)])
    return ops.divide(shares, ops.sum(shares, axis=-1, keepdims=True))
