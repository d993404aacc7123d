"""Fit, keep the weights that validate best, and go on from the last whole epoch after a kill at any moment."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from keras import ops

from mien.engine.progress import tqdm
from mien.training import states

Score = Callable[[keras.Model], Mapping[str, float]]
"""Measures of a model on validation faces: name -> value."""


def fit(
    model: keras.Model,
    batches: keras.utils.PyDataset,
    validation: tuple | Score,
    epochs: int,
    folder: Path,
    measure: str = "accuracy",
    mode: str = "max",
    network: keras.Model | None = None,
    pace: "Pace | None" = None,
) -> dict:
    """Train, from the last whole epoch on if it was interrupted, and keep the weights that validate best.

    Args:
        model: compiled with an average of its weights: see `training.optimizer`.
        batches: training faces; `batches.start(epoch)` goes to an epoch.
        validation: inputs, labels and, if the training has them, weights; or what measures the model with its averaged
            weights. They choose the epoch.
        epochs: in all.
        folder: of the states that a later start resumes from; name it after all that decides the training.
        measure: name of the metric by which the epoch is chosen.
        mode: "max" or "min", which of its values is best.
        network: the part of the model whose weights are chosen; None: all of it.
        pace: sets the learning rate of each epoch, and may end before all are done.

    Returns:
        Measure -> one value per epoch. The network has the best epoch's averaged weights.

    Raises:
        NotFinite: with the epoch and batch; the states of the epochs before are kept.
    """
    network = network or model
    best, history = states.resume(folder, model)
    kept = Kept(network, folder, validation, f"val_{measure}", mode, best, history)
    with tqdm(desc="training, epochs", total=epochs, initial=len(history), unit="epoch") as bar:
        callbacks = [
            keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.start(epoch)),
            StopAtNaN(folder),
            *([pace.after(history)] if pace else []),
            kept,
            keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: _advance(bar, logs)),
        ]
        if not (pace and pace.over):
            model.fit(batches, initial_epoch=len(history), epochs=epochs, callbacks=callbacks, shuffle=False, verbose=0)
    network.set_weights(kept.best)
    return kept.history.drop(columns=["epoch", "seconds"]).to_dict("list")


def _advance(bar: tqdm, logs: Mapping[str, float]) -> None:
    bar.set_postfix(logs, refresh=False)
    bar.update()


class NotFinite(ArithmeticError):
    """A loss or a weight that is no number."""


class StopAtNaN(keras.callbacks.Callback):
    """Stop where the loss is no longer a number, before anything is kept of it.

    The weights are looked at after each epoch: some processors' fused convolutions make zero of what is no number.

    Args:
        folder: of the states, for the message.
    """

    async_safe = True  # so JAX starts a batch before the one before it is through

    def __init__(self, folder: Path):
        super().__init__()
        self.folder, self.epoch = folder, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if not np.isfinite(logs["loss"]):
            self._stop(f"the loss is nan in epoch {self.epoch + 1} at batch {batch + 1} of {self.params['steps']}")

    def on_epoch_end(self, epoch, logs=None):
        if not all(ops.all(ops.isfinite(weights)) for weights in self.model.trainable_variables):
            self._stop(f"a weight is nan after epoch {epoch + 1}")

    def _stop(self, what: str):
        kept = f"the weights of epoch {self.epoch} are kept in {self.folder}" if self.epoch else "nothing is kept"
        raise NotFinite(f"{what}: {kept}; look for broken pictures, or try a lower learning rate")


class Kept(keras.callbacks.Callback):
    """After each epoch measure the averaged weights, remember the best, and keep a state.

    Args:
        network, folder, validation, mode: see `fit`.
        measure: its name in the history.
        best: averaged weights of the network, of the epochs before; None: of none.
        history: a row of measures an epoch.
    """

    def __init__(self, network, folder, validation, measure, mode, best, history):
        super().__init__()
        self.network, self.folder, self.validation = network, folder, validation
        self.measure, self.mode = measure, mode
        self.best, self.history = best, history
        self.begun = time.monotonic() - (history["seconds"].iloc[-1] if len(history) else 0)

    def on_epoch_end(self, epoch, logs=None):
        with averaged(self.model):
            logs |= {f"val_{name}": float(value) for name, value in self._measured().items()}
            row = {"epoch": epoch, "seconds": time.monotonic() - self.begun, **logs}
            self.history = pd.concat([self.history, pd.DataFrame([row])], ignore_index=True)
            if getattr(self.history[self.measure], f"arg{self.mode}")() == epoch:
                self.best = self.network.get_weights()
        states.keep(self.folder, self.model, self.best, self.history)

    def _measured(self) -> Mapping[str, float]:
        if callable(self.validation):
            return self.validation(self.model)
        inputs, labels, *weights = self.validation
        return self.model.evaluate(
            inputs, labels, sample_weight=weights[0] if weights else None, verbose=0, return_dict=True
        )


@contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """The moving average of the weights in their place, where the optimiser keeps one."""
    live = [ops.convert_to_numpy(weights).copy() for weights in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    for weights in model.trainable_variables:
        weights.assign(ops.copy(weights))  # JAX gives both names one buffer, and frees it after a step
    yield
    for weights, value in zip(model.trainable_variables, live, strict=True):
        weights.assign(value)


class Pace(keras.callbacks.Callback):
    """A learning rate that rises at first and falls to zero on a cosine, over epochs or over minutes.

    Args:
        rate: the highest.
        epochs: over which it falls.
        minutes: of the training; None: as many as the epochs take. It ends before an epoch that would not be done.
        warmup: share of the training over which the rate rises.
    """

    def __init__(self, rate: float, epochs: int, minutes: float | None = None, warmup: float = 0.05):
        super().__init__()
        self.rate, self.epochs, self.minutes, self.warmup = rate, epochs, minutes, warmup
        self.spent, self.over = 0.0, False

    def after(self, history: pd.DataFrame) -> "Pace":
        """Go on after epochs that are done; where another would not be done in time, it is `over`."""
        if len(history):
            before, self.spent = [0.0, *history["seconds"]][-2:]
            self.over = self._ends(self.spent, self.spent - before)
        return self

    def _ends(self, spent: float, last: float) -> bool:
        """Whether an epoch of so many seconds as the last is not done in time."""
        return bool(self.minutes) and spent + last > 60 * self.minutes

    def on_train_begin(self, logs=None):
        self.begun = self.last = time.monotonic() - self.spent

    def on_epoch_begin(self, epoch, logs=None):
        self.last = time.monotonic()
        done = (self.last - self.begun) / (60 * self.minutes) if self.minutes else 0
        done = min(max(done, epoch / self.epochs), 1)
        falling = (1 + math.cos(math.pi * max(done - self.warmup, 0) / (1 - self.warmup))) / 2
        self.model.optimizer.learning_rate = self.rate * max(min(done / self.warmup, falling), 0.01)

    def on_epoch_end(self, epoch, logs=None):
        now = time.monotonic()
        if self._ends(now - self.begun, now - self.last):
            self.model.stop_training = True
