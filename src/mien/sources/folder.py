"""One's own labelled pictures, of any size, in folders: `<label>/` or `<split>/<label>/`."""

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from mien.engine import parameters
from mien.engine.missing import Missing
from mien.faces import pictures
from mien.faces.cropping import crop
from mien.faces.detectors import cut_out
from mien.faces.table import as_faces, expression_code
from mien.sources import split_lists
from mien.sources.archives import is_archive
from mien.vocabulary import labels


def read(folder: Path, size: int = 48, person: str = "", code_map: str = "") -> xr.Dataset:
    """Read pictures of expressions, each cropped to its largest face, framed as FER2013's are.

    Where no face is found, the whole picture is taken, its edge repeated where it is no square; a warning says how
    often. A copy that `mien augment` made stands in its parent's `group`, so that no family comes to stand on two
    sides of a split. What cannot be read, or has no known label, is left out; one warning names all of it.

    Args:
        folder: of `<label>/` or `<split>/<label>/`, where a label is an expression's name in any form that
            `labels.code_of` knows, and a split a word of `labels.SPLIT_WORDS`. A split may stand in a picture's
            own name, too (`test_12.png`), or in that of the folder itself where none in it says one (`fold0/test`);
            what the name or a folder holds out is held out. Links are followed.
        size: height and width of the faces in pixels.
        person: a regular expression whose first group says in the path of a picture, from `folder`, who it shows, e.g.
            "(P[0-9]+)_": nobody comes to stand on two sides of a split. "" says nothing of persons. A warning names
            paths in which it finds nobody: each of these stands for itself.
        code_map: what folders named by number mean, see `labels.code_map`; with "" they are left out.

    Returns:
        The faces, as `faces_table.as_faces` makes them, in natural order of their paths; `id` is the stem of the
        picture's name.

    Raises:
        Missing: there is no such folder.
        ValueError: no picture in it can be used; some pictures say a split, and others none; a list beside pictures
            that say none names splits; `person` is no regular expression with a group, or finds nobody.
    """
    said = parameters.pattern(person) if person else None
    return _read(folder, size, partial(expression_code, code_map=code_map), cut_out, said)


def read_eye_states(folder: Path, size: int = 96) -> xr.Dataset:
    """Read pictures in folders named as `labels.EYE_STATES`: as `read`, but for the labels, and each one whole.

    Returns:
        The faces; `eye_state` (int8) is the position in `labels.EYE_STATES`, and `emotion` unknown.
    """
    faces = _read(folder, size, labels.eye_state_of, _whole)
    state = faces["emotion"].values
    return faces.assign_coords(eye_state=("face", state), emotion=("face", np.full_like(state, labels.UNKNOWN)))


def _read(
    folder: Path,
    size: int,
    code_of: Callable[[str], int],
    cut: Callable[[np.ndarray, int], tuple[np.ndarray, bool]],
    person: re.Pattern | None = None,
) -> xr.Dataset:
    if folder.is_file():
        raise ValueError(f"{folder} is a file: expected a folder of pictures; unpack it, if it is an archive")
    if not folder.is_dir():
        raise Missing(f"{folder} is not there: expected a folder of <label>/ or <split>/<label>/")
    files = pictures.files(folder)
    codes, left_out = _codes(files, code_of)
    left_out += [
        f"{path}: an archive, which may hold faces or a split; unpack it" for path in files if is_archive(path)
    ]
    labelled = pictures.in_natural_order(path for path in files if path.parent in codes)
    root = pictures.root(folder)
    said = pictures.below([root / path.relative_to(folder) for path in labelled], str(folder))
    pictures.check_splits(said, str(folder))
    split_lists.check(folder, files, said, str(folder))
    if person:
        shown = filter(pictures.is_one, labelled)
        _check_persons([path.relative_to(folder) for path in shown], person, str(folder))
    splits = dict(zip(labelled, map(pictures.split_of, said), strict=True))
    image = _images(labelled, folder, lambda picture: cut(picture, size), left_out)
    places = [path.relative_to(folder) for path in image]
    emotion, split = [codes[path.parent] for path in image], [splits[path] for path in image]
    faces = as_faces(
        np.stack([*image.values()]), emotion, split, [place.stem for place in places], folder.resolve().name
    )
    return faces.assign_coords(group=("face", _groups(places, person)))


def _images(
    paths: list[Path], folder: Path, cut: Callable[[np.ndarray], tuple[np.ndarray, bool]], left_out: list[str]
) -> dict[Path, np.ndarray]:
    """The face of each picture that can be read; `left_out` gets a line for each of the others."""
    images, without = {}, 0
    for path in tqdm(paths, f"reading {folder.name}", unit=" faces", leave=False, delay=1):
        try:
            picture = pictures.read_gray(path)
        except ValueError as error:
            left_out.append(str(error))
            continue
        images[path], found = cut(picture)
        without += not found
    _say(folder, left_out, len(images))
    if without:
        warnings.warn(f"{folder}: no face is found in {without:,} pictures, they are taken whole", stacklevel=4)
    return images


def _groups(places: list[Path], person: re.Pattern | None) -> np.ndarray:
    """(n,) int64: the person, or, where the path names none, the family of a picture and its copies."""
    families = pictures.families(places)
    if person is None:
        return families
    found = [_who(place, person) for place in places]
    names = [f"person {who}" if who else f"family {n}" for who, n in zip(found, families, strict=True)]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _who(place: Path, person: re.Pattern) -> str:
    match = person.search(place.as_posix())
    return (match and match[1]) or ""


def _check_persons(places: list[Path], person: re.Pattern, name: str) -> None:
    nobody = [place for place in places if not _who(place, person)]
    where = f"in {len(nobody):,} of {len(places):,} paths ({pictures.few(nobody)})"
    if nobody and len(nobody) == len(places):
        raise ValueError(f"{name}: person {person.pattern!r} finds nobody {where}: correct it, or leave it out")
    if nobody:
        warnings.warn(
            f"{name}: person {person.pattern!r} finds nobody {where}: each is taken for a person of its own",
            stacklevel=4,
        )


def _whole(picture: np.ndarray, size: int) -> tuple[np.ndarray, bool]:
    height, width = picture.shape
    return crop(picture, (0, 0, width, height), size), True


def _codes(files: list[Path], code_of: Callable[[str], int]) -> tuple[dict[Path, int], list[str]]:
    """The code of each folder whose name is a label; a line for every reason to leave out others with pictures."""
    shown = Counter(path.parent for path in files if pictures.is_one(path))
    codes, reasons = {}, defaultdict(list)
    for label in sorted({path.parent for path in files}):
        try:
            codes[label] = code_of(label.name)
        except ValueError as error:
            if shown[label]:  # a table or a text beside the folders of labels says nothing of faces
                reasons[str(error)].append(f"{label} ({shown[label]:,} pictures)")
    return codes, [f"{', '.join(named)}: {reason}" for reason, named in reasons.items()]


def _say(folder: Path, left_out: list[str], kept: int) -> None:
    """One warning of all that is left out; an error if nothing is left."""
    what = "\n".join(left_out)
    if not kept:
        raise ValueError(f"no picture in {folder} can be used: expected <label>/ or <split>/<label>/\n{what}".strip())
    if left_out:
        warnings.warn(f"{folder}: {kept:,} pictures are read, these are left out:\n{what}", stacklevel=5)
