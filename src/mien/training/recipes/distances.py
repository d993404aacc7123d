"""Distances between landmarks -> classes, by a dense network."""

from collections.abc import Mapping

import numpy as np

from mien import training
from mien.features.distances import mirror
from mien.models import dense
from mien.training.augmentation import Numbers
from mien.training.recipes import Rows, Training

INPUTS = {"features": ["features", "distances_enm", "value"]}
LANDMARKS = "dlib68"


def recipe(
    data: Mapping[str, np.ndarray],
    rows: Rows,
    *,
    subset: str = "enm",
    epochs: int,
    batch_size: int,
    weight_power: float = 0.25,
    seed: int = 0,
) -> Training:
    """Every face teaches twice, once mirrored; rare classes count more.

    Args:
        data: `features`, distances (face, feature).
        rows: who teaches and who chooses.
        subset: of the landmarks: "all" or "enm".
        epochs: of training; the best of them is kept.
        batch_size: faces in one step.
        weight_power: see `training.class_weights`.
        seed: of weights, shuffling and dropout.
    """
    value = data["features"]
    taught, y = value[rows.train], rows.one_hot(rows.train)
    x = np.concatenate([taught, taught[:, mirror(subset)]])  # (2 faces, feature)
    weights = training.class_weights(rows.code[rows.train], weight_power)
    by_class = [weights.get(code, 0.0) for code in range(len(rows.classes))]
    return Training(
        network=lambda hp: dense.build(hp, x, len(rows.classes)),
        batches=Numbers(x, np.concatenate([y, y]), by_class, batch_size, seed),
        chooses=(value[rows.validation], rows.one_hot(rows.validation)),
        epochs=epochs,
        rate=1e-3,
        decay=1e-4,
        warmup=0.0,
        average=None,
        seed=seed,
    )
