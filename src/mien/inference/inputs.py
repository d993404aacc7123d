"""What a model takes, made from pictures of faces by the very functions that made its training data."""

from collections.abc import Callable
from functools import partial
from importlib import import_module

import xarray as xr

from mien.engine.paths import FACES
from mien.features import crops, distances, offsets
from mien.landmarks import alignment

Name = tuple[str, str]
"""A stage and a dataset of it."""

DLIB: Name = ("landmarks", "dlib68")
MESH: Name = ("landmarks", "mediapipe478")


def _detect(detector: str, faces: xr.Dataset) -> xr.Dataset:
    return import_module(f"mien.landmarks.{detector}").detect(faces)  # here: only who needs a detector waits for it


STEPS: dict[Name, tuple[Callable[[xr.Dataset], xr.Dataset], tuple[Name, ...]]] = {
    DLIB: (partial(_detect, "dlib68"), (FACES,)),
    MESH: (partial(_detect, "mediapipe478"), (FACES,)),
    ("features", "aligned478"): (partial(alignment.align, method="procrustes"), (MESH,)),
    ("features", "offsets"): (offsets.offsets, (MESH,)),
    ("features", "distances_all"): (distances.distances, (DLIB,)),
    ("features", "distances_enm"): (partial(distances.distances, subset="enm"), (DLIB,)),
    ("features", "crops_dlib68"): (crops.crops, (FACES, DLIB)),
    ("features", "crops_mediapipe478"): (crops.crops, (FACES, MESH)),
}
"""Dataset -> the function that makes it, and of what: as notebooks 20, 30, 31 and 34 do."""


def made(name: Name, known: dict[Name, xr.Dataset]) -> xr.Dataset:
    """Make a dataset, and what it is made of.

    Args:
        name: a key of `STEPS`, or `FACES`.
        known: the datasets that are there, `FACES` at least; those made on the way are added.

    Raises:
        ValueError: nothing makes a dataset of this name.
    """
    if name not in known:
        if name not in STEPS:
            raise ValueError(f"nothing makes {'/'.join(name)} from a picture: expected {_names()}")
        function, needed = STEPS[name]
        known[name] = function(xr.merge([made(each, known) for each in needed], join="exact", compat="override"))
    return known[name]


def _names() -> str:
    return ", ".join("/".join(name) for name in (FACES, *STEPS))
