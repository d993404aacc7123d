"""Meshes changed anew at every epoch: mirrored, and blended with one another."""

import numpy as np

from mien.features import mesh_graph
from mien.training.augmentation import Augmented, Recipe, mix


class AugmentedMeshes(Augmented):
    """Shuffled batches of aligned meshes, half of them mirrored, drawn from (seed, epoch, batch) alone.

    Args:
        meshes: (face, 478, axes) aligned, see `mesh_graph.mirrored`.
        labels: (face, class) one-hot.
        weights: (class,) how much a face of each class counts; a blend counts as its shares.
        batch_size, seed: see `Augmented`.
        mixup: see `Recipe`; aligned meshes lie on top of one another, so that a blend of two is a face again.
    """

    def __init__(self, meshes, labels, weights, batch_size, seed=0, mixup=0.2):
        super().__init__(meshes, labels, Recipe(mixup=mixup), batch_size, seed)
        self.weights = np.asarray(weights, np.float32)

    def __getitem__(self, batch: int):
        rng, rows, flipped = self._drawn(batch)
        meshes = self.pictures[rows]
        meshes[flipped] = mesh_graph.mirrored(meshes[flipped])
        meshes, labels = mix([meshes, self.labels[rows]], self.recipe.mixup, rng)
        return meshes, labels, labels @ self.weights
