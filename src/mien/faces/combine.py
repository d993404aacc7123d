"""Two sets of faces as one."""

import numpy as np
import xarray as xr

from mien.faces.cropping import crop
from mien.vocabulary import labels


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
