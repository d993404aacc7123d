"""One recipe a model: what its notebook trains and what a search tries, which differ in settings alone.

A recipe is a function from faces, landmarks or features to a `Training`: inputs, labels and batches, network,
optimiser, loss and schedule. It needs no Jupyter.

A module of recipes that says what it opens is trained by notebook 49 and searched under its own name. It has
`recipe(data, rows, *, epochs, batch_size, seed)`; `INPUTS`, name -> stage, store and variable of each array of `data`;
and `LANDMARKS`, the detector without whose points it cannot answer, or None.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import xarray as xr
from keras_tuner import HyperParameters

from mien import training
from mien.faces import splits
from mien.models import pretrained
from mien.vocabulary import labels


@dataclass(frozen=True)
class Rows:
    """Who teaches and who chooses; copies of training faces do neither among the latter.

    Attributes:
        train, validation: (face,) bool.
        code: (face,) class indices, -1 where the target has no class.
        classes: their names.
    """

    train: np.ndarray
    validation: np.ndarray
    code: np.ndarray
    classes: tuple[str, ...]

    def one_hot(self, rows: np.ndarray) -> np.ndarray:
        """Labels (row, class) of some rows (face,) bool."""
        return keras.utils.to_categorical(self.code[rows], len(self.classes))


def rows(dataset: xr.Dataset, target: str, found: np.ndarray | bool = True) -> Rows:
    """Which faces teach and which choose, whoever trains. Who has learned faces by heart knows their copies, too.

    Args:
        dataset: of `emotion`, `split` and `group`.
        target: a key of `labels.TARGETS`.
        found: (face,) bool, the faces that are used; True: all.

    Raises:
        ValueError: training faces show fewer than two classes.
    """
    aim = labels.TARGETS[target]
    code, split = aim.encode(dataset["emotion"].values), dataset["split"].values
    used = (code != labels.UNKNOWN) & found & splits.unseen(dataset)
    train, validation = (used & (split == part) for part in ("train", "validation"))
    training.check_classes(code[train], aim.classes)
    return Rows(train, validation, code, tuple(aim.classes))


def taught_by(teacher: str, pictures: np.ndarray, y: np.ndarray, target: str) -> np.ndarray:
    """Labels (face, class), half of which a teacher says, where there is one.

    Args:
        teacher: a model of seven expressions that ships; "": labels alone.
        pictures: (face, y, x) whole faces, as it takes them.
        y: (face, class) one-hot.
        target: a key of `labels.TARGETS`.
    """
    if not teacher:
        return y
    says = pretrained.load(teacher).predict(pictures, batch_size=512, verbose=0)
    return (y + labels.TARGETS[target].fold(says)) / 2


@dataclass(frozen=True)
class Training:
    """All of a training but its settings.

    Attributes:
        network: settings -> a network, not compiled.
        batches: training faces; `batches.start(epoch)` goes to an epoch.
        chooses: validation inputs, labels and, if the training has them, weights.
        epochs: passes over the training faces, over which the learning rate falls to zero.
        rate, decay: of the optimiser, by default.
        warmup, average: see `training.optimizer`.
        loss: compiles a network, see `training.compile_classifier`.
        measure, mode: the metric by which the epoch is chosen, and whether "max" or "min" is best.
        policy: Keras' dtype policy.
        seed: of the weights and of dropout.
    """

    network: Callable[[HyperParameters], keras.Model]
    batches: keras.utils.PyDataset
    chooses: tuple
    epochs: int
    rate: float = 1e-3
    decay: float = 0.05
    warmup: float = 0.1
    average: float | None = 0.08
    loss: Callable = training.compile_classifier
    measure: str = "accuracy"
    mode: str = "max"
    policy: str = "float32"
    seed: int = 0

    def build(self, hp: HyperParameters, epochs: int | None = None) -> keras.Model:
        """The network of some settings, compiled.

        Args:
            hp: gets the settings that it lacks.
            epochs: over which the learning rate falls; None: all.
        """
        keras.utils.set_random_seed(self.seed)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.policy)
        try:
            network = self.network(hp)
        finally:
            keras.config.set_dtype_policy(before)
        hp.Float("learning_rate", self.rate / 8, self.rate * 4, sampling="log", default=self.rate)
        hp.Float("weight_decay", self.decay / 10, self.decay * 10, sampling="log", default=self.decay)
        self.loss(network, hp, (epochs or self.epochs) * len(self.batches), self.warmup, self.average)
        return network

    def fit(self, network: keras.Model, folder: Path) -> dict:
        """Train a network that `build` has made; see `training.fit`."""
        return training.fit(
            network, self.batches, self.chooses, self.epochs, folder, measure=self.measure, mode=self.mode
        )


def fix(hp: HyperParameters, settings: Mapping[str, Any]) -> None:
    """Say settings that are not to be searched; those that `hp` has already stay."""
    for name, value in settings.items():
        hp.Fixed(name, value)


def hyperparameters(explicit: Mapping[str, Any], searched: Mapping[str, Any]) -> HyperParameters:
    """Settings as a recipe takes them: parameters win over what was searched; it asks for the others with defaults."""
    hp = HyperParameters()
    fix(hp, {**searched, **explicit})
    return hp
