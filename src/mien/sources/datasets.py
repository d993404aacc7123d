"""The data set that a profile names, read by the module of that name."""

from importlib import import_module
from pathlib import Path

import xarray as xr

from mien.engine import profiles
from mien.sources import sample


def place(profile: str) -> Path:
    """Where the data set of a profile lies; the faces of a built-in one are drawn on first use."""
    return sample.raw(profile) / profiles.dataset(profile).path


def faces(profile: str) -> xr.Dataset:
    """Read the data set of a profile.

    Returns:
        The faces, as `faces.table.as_faces` makes them.

    Raises:
        ParameterError: the profile names no data set that there is.
        FileNotFoundError: the data are not where they should be.
        ValueError: something cannot be read; see `read` of the data set's module.
    """
    dataset = profiles.dataset(profile)
    return import_module(f"mien.sources.{dataset.name}").read(place(profile), **dataset.options)
