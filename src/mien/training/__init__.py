"""Compile, fit, and choose on validation."""

import warnings
from collections.abc import Sequence

import archspec.cpu.detect
import keras
import numpy as np
from keras_tuner import HyperParameters

from mien.engine import xla
from mien.models.probabilities import with_probabilities
from mien.training.fitting import NotFinite, Pace, StopAtNaN, fit

__all__ = [
    "NotFinite",
    "Pace",
    "StopAtNaN",
    "check_classes",
    "class_weights",
    "compile_classifier",
    "compile_points",
    "fit",
    "optimizer",
    "precision",
    "with_probabilities",
]


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


def check_classes(labels: np.ndarray, classes: Sequence[str], least: int = 2) -> None:
    """Say which classes a training set lacks, since a model will hardly ever answer them; refuse one of too few.

    Args:
        labels: (face,) class indices of the training faces.
        classes: their names.
        least: so many of them must be there.

    Raises:
        ValueError: fewer are there; with the classes that no face shows.
    """
    missing = [name for code, name in enumerate(classes) if not (labels == code).any()]
    says = f"no training face is labelled {', '.join(missing)} ({len(labels):,} faces in all)"
    if len(classes) - len(missing) < least:
        raise ValueError(f"{says}: add some, or choose a target without")
    if missing:
        warnings.warn(f"{says}: scores are over the others", stacklevel=2)


def precision() -> str:
    """The Keras dtype policy that is fast here: `mixed_bfloat16` where the processor or a GPU computes in it."""
    # not of `host()`: a virtual machine may hide which processor it is, but not what it can do
    native = {"avx512_bf16", "amx_bf16", "bf16"} & archspec.cpu.detect.detected_info().features
    return "mixed_bfloat16" if native or xla.accelerated() else "float32"


def optimizer(
    hp: HyperParameters, steps: int, warmup: float = 0.0, average: float | None = None
) -> keras.optimizers.Optimizer:
    """AdamW on a cosine schedule.

    Args:
        hp: learning rate and weight decay.
        steps: of the whole training, over which the learning rate falls to zero.
        warmup: share of the steps over which it rises from zero first.
        average: share of the steps over which a moving average of the weights, which `fit` validates and keeps, looks
            back (its momentum is 1 - 1 / steps of that share); None: no average.
    """
    rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    decay = hp.Float("weight_decay", 1e-5, 1e-1, sampling="log", default=1e-4)
    rising = int(warmup * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0 if rising else rate, steps - rising, warmup_target=rate if rising else None, warmup_steps=rising
    )
    momentum = 1 - 1 / max(steps * (average or 1), 1)
    return keras.optimizers.AdamW(schedule, weight_decay=decay, use_ema=average is not None, ema_momentum=momentum)


def compile_classifier(
    model: keras.Model, hp: HyperParameters, steps: int, warmup: float = 0.0, average: float | None = None
) -> None:
    """Cross-entropy of logits with smoothed labels.

    Args:
        model: outputs (batch, classes) logits; labels are one-hot.
        hp: smoothing, and what `optimizer` takes.
        steps, warmup, average: see `optimizer`.
    """
    smoothing = hp.Float("label_smoothing", 0.0, 0.2, step=0.05, default=0.1)
    model.compile(
        optimizer=optimizer(hp, steps, warmup, average),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing),
        metrics=["accuracy"],
    )
    xla.spare(model)


def compile_points(
    model: keras.Model, hp: HyperParameters, steps: int, warmup: float = 0.0, average: float | None = None
) -> None:
    """The Huber loss of coordinates in pixels, over the points that are present: those of weight 1.

    Args:
        model: outputs (batch, point, 2); `fit` gives it points and weights (batch, point).
        hp: the error in pixels from which the loss is no longer squared, and what `optimizer` takes.
        steps, warmup, average: see `optimizer`.
    """
    delta = hp.Float("delta", 0.5, 8.0, sampling="log", default=3.0)
    model.compile(
        optimizer=optimizer(hp, steps, warmup, average),
        loss=keras.losses.Huber(delta, reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.RootMeanSquaredError("rmse")],
    )
    xla.spare(model)
