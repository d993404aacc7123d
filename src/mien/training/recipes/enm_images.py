"""Pictures and distances of eyes, nose and mouth -> classes, by two networks that are joined."""

from collections.abc import Callable

import keras
import numpy as np
from keras_tuner import HyperParameters

from mien import training
from mien.features.distances import mirror
from mien.models import fusion, resnet
from mien.training.augmentation import Augmented, Recipe
from mien.training.recipes import Rows, Training


def recipe(
    pictures: np.ndarray,
    values: np.ndarray,
    rows: Rows,
    y: np.ndarray,
    seeing: Callable[[HyperParameters], keras.Model],
    measuring: Callable[[HyperParameters], keras.Model],
    *,
    backbone: str,
    epochs: int,
    batch_size: int,
    changes: Recipe,
    seed: int = 0,
) -> Training:
    """Both networks go on learning, joined, by steps half as large as those of pictures alone.

    Args:
        pictures: (face, y, x) uint8, masked but for eyes, nose and mouth.
        values: (face, feature) distances between their landmarks.
        rows: who teaches and who chooses.
        y: (training face, class) labels, or shares of the classes.
        seeing: settings -> the network of pictures.
        measuring: settings -> the network of distances.
        backbone: of the network of pictures.
        epochs: of training; the best of them is kept.
        batch_size: faces in one step.
        changes: how much a training picture is changed.
        seed: of weights, shuffling, augmentation and dropout.
    """
    return Training(
        network=lambda hp: fusion.join(hp, seeing(hp), measuring(hp), len(rows.classes)),
        batches=Augmented(
            pictures[rows.train], y, changes, batch_size, seed, features=values[rows.train], mirror=mirror("enm")
        ),
        chooses=(
            {"picture": pictures[rows.validation], "features": values[rows.validation]},
            rows.one_hot(rows.validation),
        ),
        epochs=epochs,
        rate=resnet.RATES[backbone] / 2,
        policy=training.precision(),
        seed=seed,
    )
