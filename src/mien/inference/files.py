"""Files of pictures, read and looked at in blocks."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mien.engine.names import shown
from mien.faces import decoding, pictures
from mien.inference import outputs
from mien.inference.predictor import BOX, Predictor, whole

PIXELS = 50_000_000
"""From so many on no more pictures are taken into memory at once: 150 MB."""

CROPS = 512
"""Pictures that are looked at at once."""

VIDEOS = (".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm")


@dataclass(frozen=True)
class Looked:
    """What was found in a file.

    Attributes:
        path: the file.
        image: (height, width, 3) uint8 RGB.
        faces: a row a face, as `Predictor.predict` gives it.
    """

    path: Path
    image: np.ndarray
    faces: pd.DataFrame


def found(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named whose names are a picture's, in natural order.

    Annotated pictures that were saved into these folders are left out, with a warning that says how many.

    Raises:
        FileNotFoundError: there is no such file or folder.
    """
    every = []
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{shown(path)} is not there")
        every += pictures.in_natural_order(_inside(path)) if path.is_dir() else [path]
    own = {path for path in every if path not in paths and outputs.made(path)}
    if own:
        warnings.warn(f"{len(own):,} pictures are left out: `mien predict --save` has made them", stacklevel=2)
    return [path for path in dict.fromkeys(every) if path not in own]


def _inside(folder: Path) -> list[Path]:
    files = pictures.files(folder)
    videos = [path for path in files if _is_video(path)]
    if videos:
        warnings.warn(f"{len(videos):,} videos in {shown(folder)} are left out: see `mien video`", stacklevel=3)
    return [path for path in files if path not in videos and pictures.is_one(path)]


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEOS and path.is_file() and not decoding.is_picture(path)


def look_through(paths: Sequence[Path], predictor: Predictor, crops: bool, failed: list[str]) -> Iterator[Looked]:
    """Look at files, some at a time.

    Args:
        paths: of pictures.
        predictor: says what is on them.
        crops: each picture is a face, cut as FER2013's are, and none is looked for.
        failed: gets a line for each file that cannot be read.

    Yields:
        What is in each of the others, in their order.
    """
    for images in _blocks(paths, failed):
        yield from _looked_at(images, predictor, crops)
        images.clear()  # before the next ones are read


def _looked_at(images: Mapping[Path, np.ndarray], predictor: Predictor, crops: bool) -> Iterator[Looked]:
    boxes = [[whole(image)] if crops else predictor.boxes(image) for image in images.values()]
    of_faces = [image for image, own in zip(images.values(), boxes, strict=True) for _ in own]
    every = [box for own in boxes for box in own]
    table = pd.concat([pd.DataFrame(every, columns=BOX, dtype=int), predictor.look(of_faces, every)], axis=1)
    ends = np.cumsum([len(own) for own in boxes])
    for (path, image), own, end in zip(images.items(), boxes, ends, strict=True):
        yield Looked(path, image, table.iloc[end - len(own) : end].reset_index(drop=True))


def _blocks(paths: Sequence[Path], failed: list[str]) -> Iterator[dict[Path, np.ndarray]]:
    """What can be read: as many pictures at a time as come to `PIXELS`, and at most `CROPS`."""
    images, pixels = {}, 0
    for path, image in _readable(paths, failed):
        images[path] = image
        pixels += image.shape[0] * image.shape[1]
        del image
        if pixels >= PIXELS or len(images) == CROPS:
            yield images
            images, pixels = {}, 0
    if images:
        yield images


def _readable(paths: Sequence[Path], failed: list[str]) -> Iterator[tuple[Path, np.ndarray]]:
    for path in paths:
        if _is_video(path):
            failed.append(f"{shown(path)} is a video: see `mien video`")
            continue
        try:
            yield path, pictures.read_rgb(path)
        except ValueError as error:
            failed.append(str(error))
