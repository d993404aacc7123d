"""The mesh as a graph -> classes."""

import numpy as np

from mien import training
from mien.models import mesh_gnn
from mien.training.mesh_augmentation import AugmentedMeshes
from mien.training.recipes import Rows, Training, fix


def recipe(
    points: np.ndarray,
    rows: Rows,
    y: np.ndarray,
    graph: np.ndarray,
    *,
    aggregate: str,
    epochs: int,
    batch_size: int,
    mixup: float,
    weight_power: float,
    soft: bool,
    seed: int = 0,
) -> Training:
    """Meshes are mirrored and blended anew at every epoch; rare classes count more.

    Args:
        points: (face, 478, 3) aligned meshes, NaN where none was found.
        rows: who teaches and who chooses, of those that were found.
        y: (training face, class) labels, or shares of the classes.
        graph: (478, 478) which points hear one another, see `mesh_graph.adjacency`.
        aggregate: how a point hears its neighbours: "convolution" or "gin".
        epochs: of training; the best of them is kept.
        batch_size: faces in one step.
        mixup: how much meshes are blended.
        weight_power: see `training.class_weights`.
        soft: labels have shares already, and are not smoothed.
        seed: of weights, shuffling, mirroring and dropout.
    """
    x = points[rows.train]
    weights = training.class_weights(rows.code[rows.train], weight_power)
    by_class = [weights.get(code, 0.0) for code in range(len(rows.classes))]

    def network(hp):
        fix(hp, {"aggregate": aggregate} | ({"label_smoothing": 0.0} if soft else {}))
        return mesh_gnn.build(hp, x, graph, len(rows.classes))

    return Training(
        network=network,
        batches=AugmentedMeshes(x, y, by_class, batch_size, seed, mixup),
        chooses=(points[rows.validation], rows.one_hot(rows.validation)),
        epochs=epochs,
        seed=seed,
    )
