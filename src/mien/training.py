"""Compile, fit, and choose on validation."""

import keras
import numpy as np
from keras_tuner import HyperParameters


def class_weights(labels: np.ndarray, power: float = 0.5) -> dict[int, float]:
    """Weights that make rare classes count: (mean count / class count) ** power.

    Args:
        labels: (face,) class indices.
        power: 0 leaves all alike, 1 makes every class weigh the same in total.

    Returns:
        Class index -> weight, for `fit`.
    """
    classes, counts = np.unique(labels, return_counts=True)
    weights = (counts.mean() / counts) ** power
    return dict(zip(classes.tolist(), weights.tolist(), strict=True))


def compile_classifier(model: keras.Model, hp: HyperParameters, steps: int) -> None:
    """AdamW on a cosine schedule, cross-entropy of logits with smoothed labels.

    Args:
        model: outputs (batch, classes) logits; labels are one-hot.
        hp: learning rate, weight decay and smoothing.
        steps: of the whole training, over which the learning rate falls to zero.
    """
    rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    decay = hp.Float("weight_decay", 1e-5, 1e-1, sampling="log", default=1e-4)
    smoothing = hp.Float("label_smoothing", 0.0, 0.2, step=0.05, default=0.1)
    model.compile(
        optimizer=keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(rate, steps), weight_decay=decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing),
        metrics=["accuracy"],
    )


def with_probabilities(model: keras.Model, temperature: float) -> keras.Model:
    """Put temperature and softmax on a model of logits, as layers, so that the saved file gives probabilities.

    Args:
        model: outputs logits.
        temperature: from `evaluation.calibration.fit_temperature` on validation faces.
    """
    scaled = keras.layers.Rescaling(1 / temperature, name="temperature")(model.output)
    return keras.Model(model.input, keras.layers.Softmax(name="probabilities")(scaled))
