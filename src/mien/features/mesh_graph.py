"""The face mesh as a graph: who is whose neighbour, and the mesh as it stands in the mirror."""

import numpy as np

from mien.landmarks import alignment


def adjacency(edges: np.ndarray, points: int = 478) -> np.ndarray:
    """The symmetric normalised adjacency with self-loops, D^-1/2 (A + I) D^-1/2 (Kipf & Welling, 2017).

    Args:
        edges: (edge, 2) point indices of lines without direction, each once; none leaves every point alone.
        points: how many there are.

    Returns:
        (points, points) float32: multiplied with values of the points it gives each the weighted sum over itself and
        its neighbours; its largest eigenvalue is 1.
    """
    linked = np.eye(points)
    linked[edges[:, 0], edges[:, 1]] = linked[edges[:, 1], edges[:, 0]] = 1
    root = np.sqrt(linked.sum(axis=1))  # (points,) of the degrees
    return (linked / root / root[:, None]).astype(np.float32)


def mirrored(points: np.ndarray) -> np.ndarray:
    """Aligned meshes (face, 478, axes) in the mirror: left and right points exchanged, x negated."""
    return points[:, alignment.mirror()] * np.array([-1, 1, 1], points.dtype)[: points.shape[-1]]
