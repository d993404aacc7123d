"""CK+ (Lucey et al., 2010): 593 sequences of 123 people, each from a neutral face to the apex of an expression."""

import re
import warnings
from itertools import groupby
from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from mien.engine.folders import is_litter
from mien.engine.missing import Missing
from mien.faces import pictures
from mien.faces.cropping import crop, face_box
from mien.faces.table import as_faces
from mien.sources.archives import is_archive
from mien.vocabulary import labels

CODES = dict(enumerate(("neutral", "angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")))
"""What the numbers in a label's file mean (Lucey et al., 2010)."""

_PICTURES, _LABELS = "cohn-kanade-images", "Emotion"
_FRAME = re.compile(r"S(\d{3,})/(\d{3})/S\1_\2_\d{8}")  # but for its suffix
_LABEL = re.compile(r"S(\d{3,})/(\d{3})/S\1_\2_\d{8}_emotion\.(?i:txt)")
_NAMED = 8  # so many places are named in a message
_LAYOUT = f"{_PICTURES}/S005/001/S005_001_00000001.png … and {_LABELS}/S005/001/S005_001_00000011_emotion.txt"


def read(path: Path, skip: float = 0.4, size: int = 48) -> xr.Dataset:
    """Read CK+ in its official layout, each picture cropped to its face.

    A sequence has one label, that of its apex; its first pictures show a neutral face, then one that is neither
    neutral nor yet the expression. They would be labelled wrongly, so they are left out.

    A sequence has one box too, that of the first of its remaining pictures where a face is found: what moves in the
    crops is the face and not the box. Where none is found, the whole picture is taken for its box.

    Args:
        path: the folder of `cohn-kanade-images/` and `Emotion/`. A picture may have any format.
        skip: share, below 1, of each sequence that is left out at its start, rounded down to whole pictures; 0: none.
            0.4 leaves none that is mostly neutral; it is a convention, the labels do not say when an expression begins.
        size: height and width of the faces in pixels.

    Returns:
        The faces, as `faces_table.as_faces` makes them, in the order of subject, sequence and time. `id` is the stem
        of the picture's name, `group` the number of the subject, `split` is "". `emotion` is `labels.UNKNOWN` for a
        sequence without a label (266 of the 593) and for contempt, which is none of the seven.

    Raises:
        Missing: there is nothing at `path`.
        ValueError: `skip` is no share, something cannot be read, or stands where it belongs to no sequence; names the
            file and what was expected. No face is left out silently, and no label: of sequences without pictures a
            warning says how many have one.
    """
    if not 0 <= skip < 1:
        raise ValueError(f"skip is {skip}: expected the share of a sequence to leave out, from 0 to below 1")
    _check_folders(path)
    sequences = {place: frames[int(skip * len(frames)) :] for place, frames in _sequences(path / _PICTURES).items()}
    codes = _codes(path / _LABELS, {*sequences})  # before the pictures, which take minutes
    emotion = [codes.get(place, labels.UNKNOWN) for place in sequences]
    sequences = [*sequences.values()]
    progress = tqdm(sequences, "reading CK+", unit=" sequences", leave=False, delay=1)
    image = np.concatenate([_faces(frames, size) for frames in progress])
    id = [frame.stem for frames in sequences for frame in frames]
    emotion = np.repeat(emotion, [len(frames) for frames in sequences])
    subject = [int(name[1:].partition("_")[0]) for name in id]
    faces = as_faces(image, emotion, [""] * len(id), id, "ckplus")
    return faces.assign_coords(group=("face", np.array(subject, np.int64)))


def _check_folders(path: Path) -> None:
    if not path.exists():
        raise Missing(f"{path} is not there: expected a folder of {_LAYOUT}")
    if path.is_file():
        raise ValueError(f"{path} is a file: expected a folder of {_LAYOUT}; unpack it, if it is an archive")
    for folder in (_PICTURES, _LABELS):
        if not (path / folder).is_dir():
            there = sorted(entry for entry in path.iterdir() if not is_litter(entry.name))
            found = ", ".join(entry.name + "/" * entry.is_dir() for entry in there[:_NAMED]) or "nothing"
            todo = "; unpack the archives" if any(map(is_archive, there)) else ""
            raise ValueError(f"{path}: no folder {folder}/, found {found}: expected {_LAYOUT}{todo}")


def _sequences(folder: Path) -> dict[Path, list[Path]]:
    """The pictures of every sequence, in the order of time, by where it stands: `S005/001`."""
    places = {file: file.relative_to(folder).with_suffix("").as_posix() for file in pictures.files(folder)}
    frames = [file for file, place in places.items() if _FRAME.fullmatch(place) or pictures.is_one(file)]
    if not frames:
        raise ValueError(f"{folder.parent}: no picture in {folder.name}/, expected {_LAYOUT}")
    for frame, before in zip(frames, [None, *frames], strict=False):
        if not _FRAME.fullmatch(places[frame]):
            raise ValueError(f"{frame} is not where a picture of CK+ stands: expected {_LAYOUT}")
        if before and places[before] == places[frame]:
            raise ValueError(f"{before} and {frame.name} are the same picture of a sequence: expected one")
    by_place = groupby(frames, key=lambda frame: frame.parent.relative_to(folder))
    return {place: list(sequence) for place, sequence in by_place}


def _codes(folder: Path, sequences: set[Path]) -> dict[Path, int]:
    """The code in `labels.EMOTIONS` of every sequence that has a label."""
    files = _labels(folder)
    if lone := sorted(place.as_posix() for place in {*files} - sequences):
        few = ", ".join(lone[:_NAMED]) + ", …" * (len(lone) > _NAMED)
        warnings.warn(f"{folder}: sequences with a label and without pictures: {len(lone):,} ({few})", stacklevel=3)
    return {place: _code(file) for place, file in files.items()}


def _labels(folder: Path) -> dict[Path, Path]:
    """The file of every label, by where its sequence stands."""
    found = {}
    for file in pictures.files(folder):
        place = file.relative_to(folder)
        if not _LABEL.fullmatch(place.as_posix()):
            raise ValueError(f"{file} is not where a label of CK+ stands: expected {_LAYOUT}")
        if (other := found.setdefault(place.parent, file)) != file:
            raise ValueError(f"{other} and {file.name} are labels of one sequence: expected one or none")
    if not found:
        raise ValueError(f"{folder.parent}: no label in {folder.name}/, expected {_LAYOUT}")
    return found


def _code(file: Path) -> int:
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    try:
        number = float(text)
    except ValueError:
        number = None
    if number not in CODES:
        expected = ", ".join(f"{n} {name}" for n, name in CODES.items())
        raise ValueError(f"{file}: the label is {text[:40]!r}, expected one number ({expected})")
    return int(labels.codes_of([number], CODES)[0])


def _faces(frames: list[Path], size: int) -> np.ndarray:
    """(n, size, size) uint8"""
    grays = [pictures.read_gray(frame) for frame in frames]
    height, width = grays[0].shape
    box = next(filter(None, map(face_box, grays)), (0, 0, width, height))
    return np.stack([crop(gray, box, size) for gray in grays])
