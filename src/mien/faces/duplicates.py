"""Pictures that are copies of one another."""

import numpy as np
import pandas as pd
import xarray as xr
from scipy.fft import dctn
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

from mien.vocabulary import labels

_FREQUENCIES = 12  # kept along each axis: 7/8 of the variance of FER2013, so few candidates are left to verify
_ROUNDING = 1e-4  # of distances between float32 unit vectors, generously
_PAIRS = 4096  # compared at once: 75 MB of 48x48 pictures


def near_duplicates(image: np.ndarray, threshold: float = 0.985) -> np.ndarray:
    """Group the pictures that are copies of one another, directly or by way of other copies.

    Two pictures are copies if the Pearson correlation r of their pixels reaches the threshold. As centred vectors of
    length 1, u and v, they are √(2 - 2r) apart; an orthogonal projection P shortens no distance to more than it was,
    ‖Pu - Pv‖² ≤ ‖u - v‖² = 2 - 2r. So every copy is among the pairs that lie within √(2 - 2·threshold) after a
    projection to the lowest frequencies of the orthonormal cosine transform, and only those are compared in full.

    A constant picture has no correlation: it counts as a copy of every other constant one and of nothing else.

    Args:
        image: (n, height, width).
        threshold: 0.985 tells the copies in FER2013, which differ by their JPEG coding, from other pictures.

    Returns:
        (n,) int64 labels, equal within a group.
    """
    units = _unit_vectors(image)
    first, second = _candidates(units.reshape(image.shape), (2 - 2 * threshold) ** 0.5)
    copies = _correlation(units, first, second) >= threshold
    pairs = coo_array((np.ones(copies.sum(), bool), (first[copies], second[copies])), (len(image), len(image)))
    return connected_components(pairs, directed=False)[1].astype(np.int64)


def copies(faces: xr.Dataset, group: np.ndarray) -> pd.DataFrame:
    """The faces that have a copy.

    Args:
        faces: with `id`, `emotion` and `split`.
        group: (face,) labels, as `near_duplicates` gives them.

    Returns:
        A row for each such face, group by group: `group`, from 1 on in the order of the first faces; `split`; `id`;
        `expression`, empty where it is unknown; `conflict`, whether the faces of the group carry several expressions.
    """
    names = np.array([*labels.EMOTIONS, ""])  # the last for code -1
    table = pd.DataFrame({
        "group": group,
        "split": faces["split"].values.astype(object),
        "id": faces["id"].values.astype(object),
        "expression": names[faces["emotion"].values],
    })  # fmt: skip
    table = table[table["group"].duplicated(keep=False)]
    table["group"] = pd.factorize(table["group"])[0] + 1
    known = table["expression"].where(table["expression"] != "")
    table["conflict"] = known.groupby(table["group"]).transform("nunique") > 1
    return table.sort_values("group", kind="stable").reset_index(drop=True)


def linked(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Group what either of two groupings links, directly or by way of others.

    Args:
        first, second: (n,) labels, e.g. who a picture shows, and what `near_duplicates` finds.

    Returns:
        (n,) int64 labels.
    """
    (one, a), (other, b) = (np.unique(labels, return_inverse=True) for labels in (first, second))
    size = len(one) + len(other)
    graph = coo_array((np.ones(len(a), bool), (a, len(one) + b)), (size, size))  # a line for each picture
    return connected_components(graph, directed=False)[1][a].astype(np.int64)


def _unit_vectors(image: np.ndarray) -> np.ndarray:
    """(n, height, width) -> (n, pixels) float32, centred, of length 1."""
    units = image.reshape(len(image), -1).astype(np.float32)
    constant = (units == units[:, :1]).all(1)
    units -= units.mean(1, keepdims=True)
    units[constant] = 1  # this direction is orthogonal to every centred vector
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    return units


def _candidates(units: np.ndarray, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs i < j whose lowest frequencies are no further apart than `distance`."""
    low = dctn(units, axes=(1, 2), norm="ortho")[:, :_FREQUENCIES, :_FREQUENCIES].reshape(len(units), -1)
    near = NearestNeighbors(radius=distance + _ROUNDING, algorithm="brute").fit(low).radius_neighbors_graph().tocoo()
    once = near.row < near.col
    return near.row[once], near.col[once]


def _correlation(units: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    correlation = np.empty(len(first), units.dtype)
    for i in range(0, len(first), _PAIRS):
        part = slice(i, i + _PAIRS)
        correlation[part] = np.einsum("ij,ij->i", units[first[part]], units[second[part]])
    return correlation
