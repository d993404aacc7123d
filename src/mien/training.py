"""Compile, fit, and choose on validation."""

from collections.abc import Sequence
from pathlib import Path

import archspec.cpu.detect
import keras
import numpy as np
import pandas as pd
from keras_tuner import HyperParameters

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
    lists_devices = keras.config.backend() in ("tensorflow", "jax")
    accelerated = lists_devices and any(not device.startswith("cpu") for device in keras.distribution.list_devices())
    return "mixed_bfloat16" if native or accelerated else "float32"


def compile_classifier(
    model: keras.Model, hp: HyperParameters, steps: int, warmup: float = 0.0, average: float | None = None
) -> None:
    """AdamW on a cosine schedule, cross-entropy of logits with smoothed labels.

    Args:
        model: outputs (batch, classes) logits; labels are one-hot.
        hp: learning rate, weight decay and smoothing.
        steps: of the whole training, over which the learning rate falls to zero.
        warmup: share of the steps over which it rises from zero first.
        average: share of the steps over which a moving average of the weights, which `fit` validates and keeps, looks
            back (its momentum is 1 - 1 / steps of that share); None: no average.
    """
    rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    decay = hp.Float("weight_decay", 1e-5, 1e-1, sampling="log", default=1e-4)
    smoothing = hp.Float("label_smoothing", 0.0, 0.2, step=0.05, default=0.1)
    rising = int(warmup * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0 if rising else rate, steps - rising, warmup_target=rate if rising else None, warmup_steps=rising
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(
            schedule,
            weight_decay=decay,
            use_ema=average is not None,
            ema_momentum=1 - 1 / max(steps * (average or 1), 1),
        ),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing),
        metrics=["accuracy"],
    )


class NotFinite(ArithmeticError):
    """A loss that is no number."""


class StopAtNaN(keras.callbacks.Callback):
    """Stop where the loss is no longer a number, before anything is saved of it.

    Args:
        kept: where the last good weights lie, for the message.
    """

    def __init__(self, kept: Path):
        super().__init__()
        self.kept, self.epoch = kept, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if not np.isfinite(logs["loss"]):
            kept = f"the weights of epoch {self.epoch} are kept in {self.kept}" if self.epoch else "nothing is kept"
            raise NotFinite(
                f"the loss is {logs['loss']} in epoch {self.epoch + 1} at batch {batch + 1} of {self.params['steps']}: "
                f"{kept}; look for broken pictures, or try a lower learning rate"
            )


def fit(model: keras.Model, batches: Augmented, validation: tuple, epochs: int, folder: Path) -> dict:
    """Train, from the last whole epoch on if it was interrupted, and keep the weights that validate best.

    Args:
        model: compiled with an average of its weights: see `compile_classifier`.
        batches: training faces.
        validation: inputs and one-hot labels, which choose the epoch by accuracy.
        epochs: in all.
        folder: of what a later start resumes from; name it after all that decides the training.

    Returns:
        Measure -> one value per epoch. The model has the best epoch's averaged weights.

    Raises:
        NotFinite: with the epoch and batch; the weights of the epoch before are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    best, log = folder / "best.weights.h5", folder / "history.csv"
    reached = pd.read_csv(log)["val_accuracy"].max() if log.exists() else None
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.start(epoch)),
        StopAtNaN(folder),
        keras.callbacks.BackupAndRestore(folder / "last", delete_checkpoint=False),
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),  # behind the backup, which keeps what is learned on
        keras.callbacks.ModelCheckpoint(
            best, "val_accuracy", save_best_only=True, save_weights_only=True, mode="max",
            initial_value_threshold=reached,
        ),
        keras.callbacks.CSVLogger(log, append=True),
    ]  # fmt: skip
    model.fit(batches, validation_data=validation, epochs=epochs, callbacks=callbacks, shuffle=False, verbose=2)
    model.load_weights(best)
    return pd.read_csv(log).drop(columns="epoch").to_dict("list")


def with_probabilities(model: keras.Model, temperature: float) -> keras.Model:
    """Put temperature and softmax on a model of logits, as layers, so that the saved file gives probabilities.

    Args:
        model: outputs logits.
        temperature: from `evaluation.calibration.fit_temperature` on validation faces.
    """
    scaled = keras.layers.Rescaling(1 / temperature, dtype="float32", name="temperature")(model.output)
    return keras.Model(model.input, keras.layers.Softmax(dtype="float32", name="probabilities")(scaled))
