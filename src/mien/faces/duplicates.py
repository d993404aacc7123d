"""Pictures that are copies of one another."""

from collections.abc import Sequence
from itertools import product

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

# With the numbers below, none of 600 copies that `mien.faces.distortions` made of 150 among 700 faces of FER2013, saved
# as JPEG, is torn from its family. Of 140 drawn faces with 280 copies, cut out by a detector, two are; none are mixed.
_NEIGHBOURS = 4
"""As many of the pictures that are most alike, in each of the `_VIEWS`, are laid on a picture."""

_VIEWS = tuple(product((False, True), (1.0, 1.2)))
"""Mirrored or not, and how much enlarged: a detector cuts a face out larger or smaller by a step of its pyramid."""

_SIDE, _RIM = 96, 16
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
    """Group the pictures that were made from one another: mirrored, bent a little, cut out or saved anew.

    Each picture is laid on those that are most like it by their optical flow (Kroeger et al., 2016, "Fast Optical Flow
    using Dense Inverse Search"), and is of their family if the two then correlate: the flow bends a copy to its parent,
    and no face to another's. It takes some 10 ms a picture.

    Args:
        image: (n, height, width) uint8.
        threshold: of the Pearson correlation of two pictures that are laid on one another.

    Returns:
        (n,) int64 labels, equal within a family.
    """
    pairs = [
        (i, j)
        for view, i, j in tqdm(_alike(image), "comparing", unit=" pairs", leave=False, delay=1)
        if _laid_on_one_another(_seen(image[i], *view), image[j]) >= threshold
    ]
    first, second = np.reshape(pairs, (-1, 2)).T.astype(int)
    graph = coo_array((np.ones(len(first), bool), (first, second)), (len(image), len(image)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _alike(image: np.ndarray) -> list[tuple[tuple[bool, float], int, int]]:
    """For each view of each picture, the pictures whose spectra are nearest to the view's."""
    if len(image) < 2:
        return []
    near = NearestNeighbors(n_neighbors=min(_NEIGHBOURS + 1, len(image)), algorithm="brute")  # one may be itself
    near.fit(_spectra(image))
    found = []
    for view in _VIEWS:
        others = near.kneighbors(_spectra([_seen(picture, *view) for picture in image]), return_distance=False)
        found += [(view, i, int(j)) for i, row in enumerate(others) for j in row if i != j]
    return found


def _seen(picture: np.ndarray, mirrored: bool, zoom: float) -> np.ndarray:
    """A view of a picture (height, width), of the same size."""
    height, width = picture.shape
    top, left = (round(side * (1 - 1 / zoom) / 2) for side in picture.shape)
    part = picture[top : height - top, left : width - left]
    part = np.ascontiguousarray(part[:, ::-1] if mirrored else part)
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC)


def _spectra(image: Sequence[np.ndarray]) -> np.ndarray:
    """(n, frequency) sizes of the lowest frequencies, which a shift leaves as they are; of length 1."""
    height, width = image[0].shape
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    spectra = []
    for picture in image:
        size = abs(np.fft.rfft2((picture - picture.mean()) * window))[:, :_FREQUENCIES] ** 0.5
        low = np.concatenate([size[:_FREQUENCIES], size[-_FREQUENCIES:]]).ravel()
        spectra.append((low - low.mean()).astype(np.float32))
    return spectra / np.maximum(np.linalg.norm(spectra, axis=1, keepdims=True), np.finfo(np.float32).tiny)


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
