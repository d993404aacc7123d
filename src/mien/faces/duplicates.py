"""Pictures that are copies of one another."""

import cv2
import numpy as np
import pandas as pd
import xarray as xr
from scipy.fft import dctn
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors
from tqdm import tqdm

from mien.faces.distortions import displace
from mien.vocabulary import labels

_FREQUENCIES = 12  # kept along each axis: 7/8 of the variance of FER2013, so few candidates are left to verify
_ROUNDING = 1e-4  # of distances between float32 unit vectors, generously
_PAIRS = 4096  # compared at once: 75 MB of 48x48 pictures

# `mien.faces.distortions` made 1,200 copies of 300 faces of FER2013, saved anew as JPEG: with the numbers below none is
# torn from its family. Of 237 pairs that are found besides, among 4,000 faces, 222 reach 0.98 too: they are copies.
_NEIGHBOURS = 12
"""As many of the pictures that are most alike, and as many mirror images, are laid on each."""

_LIKE = 0.8
"""Least correlation of their lowest frequencies; two faces reach it once in 2,000 times."""

_SIDE, _RIM = 96, 8
"""Pixels of pictures that are laid on one another, and of the rim that counts for nothing."""


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


def distorted_copies(image: np.ndarray, threshold: float = 0.95) -> np.ndarray:
    """Group the pictures that were made from one another: mirrored, bent a little, saved anew.

    Pictures whose lowest frequencies are alike are laid on one another by their optical flow (Kroeger et al., 2016,
    "Fast Optical Flow using Dense Inverse Search"), and are of one family if they then correlate: the flow bends a
    copy to its parent, and no face to another's. A pair takes half a millisecond, and a face has some four.

    Args:
        image: (n, height, width) uint8.
        threshold: of the Pearson correlation of two pictures that are laid on one another.

    Returns:
        (n,) int64 labels, equal within a family.
    """
    pairs = [
        (i, j)
        for i, j, flip in tqdm(_like(image), "comparing", unit=" pairs", leave=False, delay=1)
        if _laid_on_one_another(image[i], image[j, :, ::-1] if flip else image[j]) >= threshold
    ]
    first, second = np.reshape(pairs, (-1, 2)).T.astype(int)
    graph = coo_array((np.ones(len(first), bool), (first, second)), (len(image), len(image)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _like(image: np.ndarray) -> list[tuple[int, int, bool]]:
    """Pairs i < j of pictures, or of a picture and a mirror image, whose lowest frequencies correlate by `_LIKE`."""
    if len(image) < 2:
        return []
    low = _low(_unit_vectors(image).reshape(image.shape))
    low /= np.linalg.norm(low, axis=(1, 2), keepdims=True)
    mirrored = low * (-1) ** np.arange(low.shape[2])  # each second cosine changes its sign
    low, mirrored = (each.reshape(len(image), -1) for each in (low, mirrored))
    nearest, found = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(image)), algorithm="brute").fit(low), set()
    for flip, of in ((False, low), (True, mirrored)):
        distance, other = nearest.kneighbors(of)
        for i, k in np.argwhere(distance**2 <= 2 - 2 * _LIKE):
            pair = sorted((int(i), int(other[i, k])))
            found |= {(*pair, flip)} if pair[0] < pair[1] else set()
    return sorted(found)


def _laid_on_one_another(first: np.ndarray, second: np.ndarray) -> float:
    """The correlation of two pictures (height, width) uint8, the second bent so that it comes nearest to the first."""
    first, second = (cv2.resize(each, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC) for each in (first, second))
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(first, second, None)
    bent = displace(second, flow)
    inner = slice(_RIM, -_RIM)
    with np.errstate(invalid="ignore"):  # a constant picture correlates with none
        return np.corrcoef(first[inner, inner].ravel(), bent[inner, inner].ravel())[0, 1]


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


def _low(units: np.ndarray) -> np.ndarray:
    """(n, height, width) -> (n, 12, 12) of the orthonormal cosine transform."""
    return dctn(units, axes=(1, 2), norm="ortho")[:, :_FREQUENCIES, :_FREQUENCIES]


def _candidates(units: np.ndarray, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs i < j whose lowest frequencies are no further apart than `distance`."""
    low = _low(units).reshape(len(units), -1)
    near = NearestNeighbors(radius=distance + _ROUNDING, algorithm="brute").fit(low).radius_neighbors_graph().tocoo()
    once = near.row < near.col
    return near.row[once], near.col[once]


def _correlation(units: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    correlation = np.empty(len(first), units.dtype)
    for i in range(0, len(first), _PAIRS):
        part = slice(i, i + _PAIRS)
        correlation[part] = np.einsum("ij,ij->i", units[first[part]], units[second[part]])
    return correlation
