"""Distances between landmarks, each pair once, in units of the distance between the eyes."""

from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from mien.vocabulary import topology


def pairs(subset: str = "all") -> np.ndarray:
    """The pairs of dlib points of a subset, each once.

    Args:
        subset: a key of `topology.SUBSETS`: `all` (68 points, 2,278 pairs) or `enm` (51 points, 1,275 pairs).

    Returns:
        (pair, 2) point indices, the smaller first.
    """
    return np.array(list(combinations(topology.SUBSETS[subset], 2)))


def pairwise(points: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Euclidean distances over the inter-ocular distance.

    Args:
        points: (face, 68, axes) dlib points.
        which: (pair, 2) point indices.

    Returns:
        (face, pair) float32 without unit; NaN where both eyes have one centre.
    """
    squares = np.zeros((len(points), len(which)), np.float32)
    for axis in np.moveaxis(np.asarray(points, np.float32), -1, 0):  # (face, point)
        gap = axis.take(which[:, 0], axis=1)
        gap -= axis.take(which[:, 1], axis=1)  # in place, here and below: half of the time is memory
        squares += np.square(gap, out=gap)
    scale = topology.interocular(points)
    scale = np.where(scale > 0, scale, np.nan).astype(np.float32)
    return np.divide(np.sqrt(squares, out=squares), scale[:, None], out=squares)


def distances(landmarks: xr.Dataset, subset: str = "all") -> xr.Dataset:
    """The features dataset of some faces.

    Args:
        landmarks: a landmarks dataset of dlib's 68 points.
        subset: a key of `topology.SUBSETS`.

    Returns:
        `value` (face, feature), features named `d(36,39)`; the face coordinates are kept.
    """
    which = pairs(subset)
    names = np.array([f"d({i},{j})" for i, j in which], object)
    value = pairwise(landmarks["points"].values, which)
    faces = {name: c for name, c in landmarks.coords.items() if c.dims == ("face",)}
    return xr.Dataset({"value": (("face", "feature"), value)}, coords={**faces, "feature": names})


def mirror(subset: str = "all") -> np.ndarray:
    """Where each distance of a mirrored face stands in the face itself: `value[:, mirror()]` is the mirror image."""
    which = pairs(subset)
    at = {frozenset(pair): k for k, pair in enumerate(which.tolist())}
    other = np.array(topology.DLIB_MIRROR)
    return np.array([at[frozenset(pair)] for pair in other[which].tolist()])


def as_square_table(points: np.ndarray, label: np.ndarray) -> pd.DataFrame:
    """The distances as the full 68x68 table, with both orders of every pair and the zero diagonal.

    Args:
        points: (face, 68, axes) dlib points.
        label: (face,) what goes into the column `label`.

    Returns:
        (face, 4,625) columns `d(0,0)` … `d(67,67)`, row by row, then `label`.
    """
    n = points.shape[1]
    which = np.array([(i, j) for i in range(n) for j in range(n)])
    table = pd.DataFrame(pairwise(points, which), columns=[f"d({i},{j})" for i, j in which])
    return table.assign(label=np.asarray(label))
