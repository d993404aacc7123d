"""CK+ (Lucey et al., 2010): 593 sequences of 123 people, each from a neutral face to the apex of an expression."""

import re
from itertools import groupby
from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from mien.faces import pictures
from mien.faces.cropping import crop, face_box
from mien.faces.table import as_faces
from mien.vocabulary import labels

CODES = dict(enumerate(("neutral", "angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")))
"""What the numbers in a label's file mean (Lucey et al., 2010)."""

_PICTURES, _LABELS = "cohn-kanade-images", "Emotion"
_FRAME = re.compile(r"S(\d{3,})/(\d{3})/S\1_\2_\d{8}\.png")
_LAYOUT = f"{_PICTURES}/S005/001/S005_001_00000001.png … and {_LABELS}/S005/001/S005_001_00000011_emotion.txt"


def read(path: Path, skip: float = 0.4, size: int = 48) -> xr.Dataset:
    """Read CK+ in its official layout, each picture cropped to its face.

    A sequence has one label, that of its apex; its first pictures show a neutral face, then one that is neither
    neutral nor yet the expression. They would be labelled wrongly, so they are left out.

    A sequence has one box too, that of the first of its remaining pictures where a face is found: what moves in the
    crops is the face and not the box. Where none is found, the whole picture is taken for its box.

    Args:
        path: the folder of `cohn-kanade-images/` and `Emotion/`.
        skip: share, below 1, of each sequence that is left out at its start, rounded down to whole pictures; 0: none.
            0.4 leaves none that is mostly neutral; it is a convention, the labels do not say when an expression begins.
        size: height and width of the faces in pixels.

    Returns:
        The faces, as `faces_table.as_faces` makes them, in the order of subject, sequence and time. `id` is the stem
        of the picture's name, `group` the number of the subject, `split` is "". `emotion` is `labels.UNKNOWN` for a
        sequence without a label (266 of the 593) and for contempt, which is none of the seven.

    Raises:
        ValueError: `skip` is no share, or something cannot be read; names the file and what was expected. No face is
            left out silently.
    """
    if not 0 <= skip < 1:
        raise ValueError(f"skip is {skip}: expected the share of a sequence to leave out, from 0 to below 1")
    sequences = [frames[int(skip * len(frames)) :] for frames in _sequences(path)]
    emotion = [_emotion(path, frames[0]) for frames in sequences]  # before the pictures, which take minutes
    progress = tqdm(sequences, "reading CK+", unit=" sequences", leave=False, delay=1)
    image = np.concatenate([_faces(frames, size) for frames in progress])
    id = [frame.stem for frames in sequences for frame in frames]
    emotion = np.repeat(emotion, [len(frames) for frames in sequences])
    subject = [int(name[1:].partition("_")[0]) for name in id]
    faces = as_faces(image, emotion, [""] * len(id), id, "ckplus")
    return faces.assign_coords(group=("face", np.array(subject, np.int64)))


def _sequences(path: Path) -> list[list[Path]]:
    """The pictures of every sequence, in the order of time."""
    for folder in (_PICTURES, _LABELS):
        if not (path / folder).is_dir():
            raise ValueError(f"{path}: no folder {folder}/, expected {_LAYOUT}")
    frames = [file for file in pictures.files(path / _PICTURES) if file.suffix.lower() == ".png"]
    if not frames:
        raise ValueError(f"{path}: no picture in {_PICTURES}/, expected {_LAYOUT}")
    for frame in frames:
        if not _FRAME.fullmatch(frame.relative_to(path / _PICTURES).as_posix()):
            raise ValueError(f"{frame} is not where a picture of CK+ stands: expected {_LAYOUT}")
    return [list(sequence) for _, sequence in groupby(frames, key=lambda frame: frame.parent)]


def _emotion(path: Path, frame: Path) -> int:
    """The code in `labels.EMOTIONS` of the sequence that a picture belongs to."""
    folder = path / _LABELS / frame.parent.relative_to(path / _PICTURES)
    files = sorted(folder.glob("[!.]*.txt"))
    if len(files) > 1:
        raise ValueError(f"{folder}: {len(files)} labels of one sequence, expected one or none")
    return _code(files[0]) if files else labels.UNKNOWN


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
