"""Two sets of faces as one."""

import xarray as xr


def combine(first: xr.Dataset, second: xr.Dataset) -> xr.Dataset:
    """One set of two: every face of the first, then every face of the second.

    Args:
        first, second: faces of one size.

    Returns:
        The faces, in memory. Splits stay as they are; the second's groups are numbered on from the first's, so that
        none becomes one with another's.

    Raises:
        ValueError: the sizes differ.
    """
    sizes = ["x".join(str(faces.sizes[axis]) for axis in "yx") for faces in (first, second)]
    if sizes[0] != sizes[1]:
        raise ValueError(f"faces of {sizes[0]} and of {sizes[1]} pixels: expected two sets of one size")
    group = second["group"] - int(second["group"].min()) + int(first["group"].max()) + 1
    parts = (first, second.assign_coords(group=group))
    return xr.concat([part.compute() for part in parts], "face")  # Dask joins no lazy text
