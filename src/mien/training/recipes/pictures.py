"""Pictures -> classes, by a residual network that goes on from another one."""

import numpy as np

from mien import training
from mien.models import pretrained, resnet
from mien.training.augmentation import Augmented, Recipe
from mien.training.recipes import Rows, Training, fix


def recipe(
    pictures: np.ndarray,
    rows: Rows,
    y: np.ndarray,
    *,
    backbone: str,
    start: str,
    epochs: int,
    batch_size: int,
    changes: Recipe,
    seed: int = 0,
) -> Training:
    """Pictures change at every epoch; the weights' moving average is what is validated and kept.

    Args:
        pictures: (face, y, x) uint8.
        rows: who teaches and who chooses.
        y: (training face, class) labels, or shares of the classes.
        backbone: a key of `resnet.STARTS_FROM`.
        start: a model that ships to go on from, in its size; "": the backbone's own start.
        epochs: of training; the best of them is kept.
        batch_size: faces in one step.
        changes: how much a training picture is changed.
        seed: of weights, shuffling, augmentation and dropout.
    """
    ships = pretrained.load(start) if start else None

    def network(hp):
        # not searched: a score does not know what a network costs
        fix(hp, resnet.size(ships, backbone) if ships else resnet.COST[backbone])
        whole = resnet.build(hp, pictures.shape[1:], len(rows.classes), backbone)
        if ships:
            resnet.start_from(whole, ships)
        return whole

    return Training(
        network=network,
        batches=Augmented(pictures[rows.train], y, changes, batch_size, seed),
        chooses=(pictures[rows.validation], rows.one_hot(rows.validation)),
        epochs=epochs,
        rate=resnet.RATES[backbone],
        policy=training.precision(),
        seed=seed,
    )
