"""Pictures -> the fifteen keypoints, by a residual network with a map for each."""

import numpy as np

from mien import training
from mien.models import keypoints, pretrained, resnet
from mien.training.point_augmentation import AugmentedPoints, Recipe, with_weights
from mien.training.recipes import Training, fix


def recipe(
    image: np.ndarray,
    points: np.ndarray,
    split: np.ndarray,
    drawn: tuple[np.ndarray, np.ndarray],
    *,
    backbone: str,
    start: str,
    epochs: int,
    batch_size: int,
    changes: Recipe,
    seed: int = 0,
) -> Training:
    """Rows of fifteen and of four points and drawn faces teach, each in its own manner; fifteen are asked for.

    Args:
        image: (face, y, x) uint8.
        points: (face, 15, 2) in pixels, NaN where missing.
        split: (face,) train, validation, or what neither teaches nor chooses.
        drawn: pictures (n, y, x) uint8 of drawn faces, and their points (n, 15, 2); they teach only.
        backbone: "small" or "face".
        start: a network that ships to go on from, in its size; "": the backbone's own start.
        epochs: of training; the best of them is kept.
        batch_size: faces in one step.
        changes: how much a training picture is changed.
        seed: of weights, shuffling and augmentation.
    """
    train, validation = split == "train", split == "validation"
    taught = np.concatenate([keypoints.by_marking(points[train]), keypoints.as_drawn(drawn[1])])  # (face, 34, 2)
    more = len(keypoints.POINTS) - points.shape[1]
    asked = np.pad(points[validation], ((0, 0), (0, more), (0, 0)), constant_values=np.nan)  # (face, 34, 2)
    ships = pretrained.load(start) if start else None

    def network(hp):
        # not searched: a score does not know what a network costs
        fix(hp, keypoints.size(ships, backbone) if ships else resnet.COST[backbone])
        whole = keypoints.build(hp, image.shape[1:], backbone)
        if ships:
            resnet.start_from(whole, ships)
        return whole

    return Training(
        network=network,
        batches=AugmentedPoints(
            np.concatenate([image[train], drawn[0]]), taught, changes, batch_size, seed, mirror=keypoints.MIRROR
        ),
        chooses=(image[validation], *with_weights(asked)),
        epochs=epochs,
        rate=3e-4 if start else 1e-3,  # weights that start well want small steps
        loss=training.compile_points,
        measure="rmse",
        mode="min",
        policy=training.precision(),
        seed=seed,
    )
