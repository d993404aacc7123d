"""Faces before anything is learned from them: crops, near-duplicate groups, splits, and pictures for people."""

from pathlib import Path

import numpy as np
import xarray as xr
from PIL import Image
from scipy.fft import dctn
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import NearestNeighbors
from tqdm import tqdm

from mien import labels, store
from mien.sources.cropping import crop
from mien.sources.faces_table import TEXT

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


def assign_splits(
    faces: xr.Dataset, fractions: tuple[float, float, float] = (0.8, 0.1, 0.1), seed: int = 0
) -> xr.Dataset:
    """Give a split to the faces that have none, stratified by expression; a group stays on one side.

    A face that has a split keeps it, and the rest of its group follows it.

    Args:
        faces: with `split`, `group` and `emotion`.
        fractions: of train, validation and test among the faces without a split. Each of the last two is cut as one
            of k equal folds, so it comes out as the nearest 1/k.
        seed: of the shuffle.

    Raises:
        ValueError: the fractions are negative or do not sum to 1.
    """
    if min(fractions) < 0 or not np.isclose(sum(fractions), 1):
        raise ValueError(f"fractions of train, validation and test are {fractions}: expected three that sum to 1")
    emotion, group = faces["emotion"].values, faces["group"].values
    split = faces["split"].values.astype(object)
    for name in labels.SPLITS:  # a group that stands on several sides already follows the first of them
        split[(split == "") & np.isin(group, group[faces["split"].values == name])] = name
    rest, left = np.flatnonzero(split == ""), 1.0
    for name, fraction in (("test", fractions[2]), ("validation", fractions[1])):
        chosen = _one_fold(emotion[rest], group[rest], fraction / left, seed)
        split[rest[chosen]] = name
        rest, left = np.delete(rest, chosen), left - fraction
    split[rest] = "train"
    return faces.assign_coords(split=("face", split.astype(TEXT)))


def _one_fold(emotion: np.ndarray, group: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Positions of one of k equal parts; k is smaller where there are too few faces of an expression, or groups."""
    most = min(np.unique(emotion, return_counts=True)[1].max(initial=0), len(np.unique(group)))
    if fraction == 0 or most < 2:
        return np.empty(0, int)
    folds = StratifiedGroupKFold(min(max(2, round(1 / fraction)), most), shuffle=True, random_state=seed)
    return next(folds.split(emotion, emotion, group))[1]


def clean(faces: xr.Dataset) -> np.ndarray:
    """Which faces can be scored without having been seen: no copy of them is in an earlier split.

    Args:
        faces: with `split` and `group`.

    Returns:
        (n,) bool: False for a validation face whose group has a train face, and for a test face whose group has a
        train or a validation face.
    """
    split, group = faces["split"].values, faces["group"].values
    seen = np.zeros(len(split), bool)
    for i, name in enumerate(labels.SPLITS):
        earlier = np.isin(group, group[np.isin(split, labels.SPLITS[:i])])
        seen |= (split == name) & earlier
    return ~seen


def combine(fer: xr.Dataset, ck: xr.Dataset) -> xr.Dataset:
    """One set of two, with the expressions that both have; faces of any other, or of none known, are left out.

    Args:
        fer: e.g. FER2013: square faces.
        ck: e.g. CK+: resized to the size of the first.

    Returns:
        The faces of the first, then those of the second, in memory. Splits stay as they are; the second's groups are
        numbered on from the first's, so that none becomes one with another's.

    Raises:
        ValueError: there is no expression that both have.
    """
    both = np.setdiff1d(np.intersect1d(fer["emotion"], ck["emotion"]), labels.UNKNOWN)
    if not both.size:
        raise ValueError("the two sets have no expression in common: nothing is left to combine")
    group = ck["group"] - int(ck["group"].min()) + int(fer["group"].max()) + 1
    parts = (fer, ck.assign_coords(group=group))
    fer, ck = (part.isel(face=np.isin(part["emotion"], both)).compute() for part in parts)  # Dask joins no lazy text
    return xr.concat([fer, _resized(ck, fer.sizes["x"])], "face")


def _resized(faces: xr.Dataset, size: int) -> xr.Dataset:
    whole = (0, 0, faces.sizes["x"], faces.sizes["y"])
    image = np.stack([crop(picture, whole, size) for picture in faces["image"].values])
    return faces.assign(image=(("face", "y", "x"), image))


def write_pictures(faces: xr.Dataset, folder: Path) -> None:
    """Write every face as `<label>/<split>_<id>.png`, for people who want files; `folder` is replaced as a whole.

    Raises:
        ValueError: two faces would have the same file name.
    """
    columns = (faces[name].values for name in ("image", "emotion", "split", "id"))
    rows = tqdm(zip(*columns, strict=True), "writing pictures", faces.sizes["face"], leave=False, delay=1)
    with store.aside(folder) as temporary:
        for label in (*labels.EMOTIONS, "unknown"):
            (temporary / label).mkdir(parents=True)
        for image, emotion, split, name in rows:
            label = "unknown" if emotion == labels.UNKNOWN else labels.EMOTIONS[emotion]
            path = temporary / label / f"{split}_{name}.png"
            if path.exists():
                raise ValueError(f"two faces would be {label}/{path.name}: expected ids that tell them apart")
            Image.fromarray(image).save(path)
