"""Compile, fit, and choose on validation."""

from collections.abc import Sequence
from pathlib import Path

import archspec.cpu.detect
import keras
import numpy as np
import pandas as pd
from keras import ops
from keras_tuner import HyperParameters

from mien import store, xla
from mien.augmentation import Augmented


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


def check_classes(labels: np.ndarray, classes: Sequence[str]) -> None:
    """Refuse a training set that lacks a class, which a network would then never answer.

    Args:
        labels: (face,) class indices of the training faces.
        classes: their names.

    Raises:
        ValueError: with the classes that no face shows.
    """
    missing = [name for code, name in enumerate(classes) if not (labels == code).any()]
    if missing:
        raise ValueError(
            f"no training face is labelled {', '.join(missing)} ({len(labels):,} faces in all): add some, or choose a "
            "target without"
        )


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


class NotFinite(ArithmeticError):
    """A loss or a weight that is no number."""


class StopAtNaN(keras.callbacks.Callback):
    """Stop where the loss or a weight is no longer a number, before anything is saved of it.

    The weights are looked at, too, since some processors' fused convolutions make zero of what is no number.

    Args:
        kept: where the last good weights lie, for the message.
    """

    def __init__(self, kept: Path):
        super().__init__()
        self.kept, self.epoch = kept, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        learned = self.model.trainable_variables
        if not np.isfinite(logs["loss"]) or not all(ops.all(ops.isfinite(weights)) for weights in learned):
            kept = f"the weights of epoch {self.epoch} are kept in {self.kept}" if self.epoch else "nothing is kept"
            raise NotFinite(
                f"a weight or the loss is nan in epoch {self.epoch + 1} at batch {batch + 1} of "
                f"{self.params['steps']}: {kept}; look for broken pictures, or try a lower learning rate"
            )


LAST, BEST, LOG = "last.weights.h5", "best.weights.h5", "history.csv"
"""What `fit` keeps: what it learns on, the averaged weights that validate best, and a row of measures an epoch."""


def fit(
    model: keras.Model,
    batches: Augmented,
    validation: tuple,
    epochs: int,
    folder: Path,
    measure: str = "accuracy",
    mode: str = "max",
) -> dict:
    """Train, from the last whole epoch on if it was interrupted, and keep the weights that validate best.

    Args:
        model: compiled with an average of its weights: see `optimizer`.
        batches: training faces.
        validation: inputs, labels and, if the training has them, weights, which choose the epoch.
        epochs: in all.
        folder: of what a later start resumes from; name it after all that decides the training.
        measure: name of the metric by which the epoch is chosen.
        mode: "max" or "min", which of its values is best.

    Returns:
        Measure -> one value per epoch. The model has the best epoch's averaged weights.

    Raises:
        NotFinite: with the epoch and batch; the weights of the epoch before are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done, reached = _resumed(model, folder, len(batches), measure, mode)
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.start(epoch)),
        StopAtNaN(folder),
        keras.callbacks.CSVLogger(folder / LOG, append=True),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: _keep(model, folder / LAST)),
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),  # behind what is kept to be learned on
        keras.callbacks.ModelCheckpoint(
            folder / BEST, f"val_{measure}", save_best_only=True, save_weights_only=True, mode=mode,
            initial_value_threshold=reached,
        ),
    ]  # fmt: skip
    model.fit(
        batches, validation_data=validation, initial_epoch=done, epochs=epochs, callbacks=callbacks, shuffle=False,
        verbose=2,
    )  # fmt: skip
    model.load_weights(folder / BEST)
    return pd.read_csv(folder / LOG).drop(columns="epoch").to_dict("list")


def _keep(model: keras.Model, path: Path) -> None:
    with store.aside(path) as temporary:
        model.save_weights(temporary)


def _resumed(model: keras.Model, folder: Path, steps: int, measure: str, mode: str) -> tuple[int, float | None]:
    """Bring model, history and best weights to the end of the last whole epoch, wherever a training was killed.

    What is learned on is renamed into place between an epoch's row and its best weights: it says which epochs are
    whole, their rows are there, and the best weights, should they have been the last to come, are made of it again.

    Args:
        model, folder, measure, mode: see `fit`.
        steps: batches of an epoch.

    Returns:
        How many epochs are whole, and the best value of the measure in them.
    """
    last, log = folder / LAST, folder / LOG
    if not last.exists():
        log.unlink(missing_ok=True)
        return 0, None
    model.optimizer.build(model.trainable_variables)
    model.load_weights(last)
    done = int(model.optimizer.iterations) // steps
    history = pd.read_csv(log, nrows=done, float_precision="round_trip")
    with store.aside(log) as temporary:
        history.to_csv(temporary, index=False)
    values = history[f"val_{measure}"]
    if getattr(values, f"arg{mode}")() == done - 1:
        model.optimizer.finalize_variable_values(model.trainable_variables)  # the average
        _keep(model, folder / BEST)
        model.load_weights(last)
    return done, getattr(values, mode)()


def with_probabilities(model: keras.Model, temperature: float) -> keras.Model:
    """Put temperature and softmax on a model of logits, as layers, so that the saved file gives probabilities.

    Args:
        model: outputs logits.
        temperature: from `evaluation.calibration.fit_temperature` on validation faces.
    """
    scaled = keras.layers.Rescaling(1 / temperature, dtype="float32", name="temperature")(model.output)
    return xla.spare(keras.Model(model.input, keras.layers.Softmax(dtype="float32", name="probabilities")(scaled)))
