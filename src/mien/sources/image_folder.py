"""Faces in folders, one for each label: `<label>/` or `<split>/<label>/`, pictures of any size."""

import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from mien.faces import pictures
from mien.faces.cropping import crop
from mien.faces.table import as_faces
from mien.vocabulary import labels


def read(folder: Path, size: int = 96) -> xr.Dataset:
    """Read pictures of expressions.

    A copy that `mien augment` made stands in its parent's `group`, so that no family comes to stand on two sides of a
    split. What cannot be read, or has no known label, is left out; one warning names all of it.

    Args:
        folder: of `<label>/` or `<split>/<label>/`, where a label is an expression's name in any form that
            `labels.code_of` knows, with or without `face_` before it, and a split `train`, `val` or `validation`, or
            `test`. A split in front of a picture's own name (`test_12.png`) goes before that of its folder.
        size: height and width of the faces in pixels. Each is the whole picture; where that is no square, the edge is
            repeated.

    Returns:
        The faces, as `faces_table.as_faces` makes them, in natural order of their paths; `id` is the stem of the
        picture's name.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: no picture in it can be used.
    """
    return _read(folder, size, labels.code_of)


def read_eye_states(folder: Path, size: int = 96) -> xr.Dataset:
    """Read pictures in folders named as `labels.EYE_STATES`: as `read`, but for the labels.

    Returns:
        The faces; `eye_state` (int8) is the position in `labels.EYE_STATES`, and `emotion` unknown.
    """
    faces = _read(folder, size, labels.eye_state_of)
    state = faces["emotion"].values
    return faces.assign_coords(eye_state=("face", state), emotion=("face", np.full_like(state, labels.UNKNOWN)))


def _read(folder: Path, size: int, code_of: Callable[[str], int]) -> xr.Dataset:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not there: expected a folder of <label>/ or <split>/<label>/")
    files = pictures.files(folder)
    codes, left_out = _codes(files, code_of)
    image = {}
    labelled = pictures.in_natural_order(path for path in files if path.parent in codes)
    for path in tqdm(labelled, f"reading {folder.name}", unit=" faces", leave=False, delay=1):
        try:
            image[path] = _whole(pictures.read_gray(path), size)
        except ValueError as error:
            left_out.append(str(error))
    _say(folder, left_out, len(image))
    places = [path.relative_to(folder) for path in image]
    emotion, split = [codes[path.parent] for path in image], [pictures.split_of(place) for place in places]
    faces = as_faces(
        np.stack([*image.values()]), emotion, split, [place.stem for place in places], folder.resolve().name
    )
    return faces.assign_coords(group=("face", pictures.families(places)))


def _codes(files: list[Path], code_of: Callable[[str], int]) -> tuple[dict[Path, int], list[str]]:
    """The code of each folder whose name is a label; a line for every other folder with pictures."""
    shown = Counter(path.parent for path in files if path.suffix.lower() in pictures.SUFFIXES)
    codes, left_out = {}, []
    for label in sorted({path.parent for path in files}):
        try:
            codes[label] = code_of(label.name.lower().removeprefix("face_"))
        except ValueError as error:
            if shown[label]:  # a table or a text beside the folders of labels says nothing of faces
                left_out.append(f"{label} ({shown[label]:,} pictures): {error}")
    return codes, left_out


def _whole(picture: np.ndarray, size: int) -> np.ndarray:
    height, width = picture.shape
    return crop(picture, (0, 0, width, height), size)


def _say(folder: Path, left_out: list[str], kept: int) -> None:
    """One warning of all that is left out; an error if nothing is left."""
    what = "\n".join(left_out)
    if not kept:
        raise ValueError(f"no picture in {folder} can be used: expected <label>/ or <split>/<label>/\n{what}".strip())
    if left_out:
        warnings.warn(f"{folder}: {kept:,} pictures are read, these are left out:\n{what}", stacklevel=4)
