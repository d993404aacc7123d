"""Picture files: which there are, what is on them, and what their names say."""

import os
import re
import warnings
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mien.engine import folders
from mien.engine.names import shown
from mien.faces import decoding
from mien.vocabulary import labels

SUFFIXES = tuple(
    ".png .apng .jpg .jpeg .jpe .jfif .mpo .bmp .dib .webp .gif .tif .tiff .heic .heics .heif .heifs .hif .avif .avifs "
    ".jp2 .j2k .jpx .jls .jxl .jxr .hdp .wdp .ico .tga .ppm .pgm .pbm .pnm .pam .pfm .psd .psb .qoi .svg .im .spider "
    ".eps .hdr .exr".split()
)
"""Of files that are meant as pictures; others may be pictures all the same, see `is_one`."""

MARK = "~"
"""Stands between a parent's name and what was done to it, in the name of a distorted copy."""

NAMED = 5
"""So many places are named in a warning."""


def files(folder: Path) -> list[Path]:
    """Files at any depth, linked ones too, but for what a system puts among them (`Thumbs.db`, `__MACOSX/`).

    Warnings name the links that lead nowhere, the folders that may not be opened, and what is neither, such as a pipe.
    """
    found, lost = folders.listed(folder)
    odd = [path for path in lost if os.path.exists(path) and not os.path.isdir(path)]
    if closed := [path for path in lost if path not in odd]:
        warnings.warn(f"{folder}: links lead nowhere, or folders cannot be opened: {few(closed)}", stacklevel=2)
    if odd:
        warnings.warn(f"{folder}: neither files nor folders, but pipes or the like: {few(odd)}", stacklevel=2)
    return sorted(found)


def in_natural_order(paths: Iterable[Path]) -> list[Path]:
    """Sorted so that `face 10` comes after `face 9`, on every system alike."""

    def key(path: Path) -> list[str | int]:
        return [int(part) if i % 2 else part for i, part in enumerate(re.split("([0-9]+)", path.as_posix()))]

    return sorted(paths, key=key)


def is_one(path: Path) -> bool:
    """Whether a file is a picture by its name, or else by its content."""
    return path.suffix.lower() in SUFFIXES + decoding.RAW or decoding.is_picture(path)


def read(path: Path, name: str | None = None) -> np.ndarray:
    """The pixels of a picture, turned upright.

    Args:
        path: a file; its content says what it is, not its name.
        name: what messages call it; its path if None.

    Returns:
        See `decoding.decoded`.

    Raises:
        ValueError: names the file, which is no picture, is damaged, is a camera's raw file, or has more pixels than a
            picture may have (Pillow's limit against decompression bombs: 179 million).
    """
    name = name or shown(path)
    if path.exists() and not path.is_file():
        raise ValueError(f"{name} is not a file")  # to open a pipe would wait for who writes into it
    if decoding.is_raw(path):
        raise ValueError(f"{name} is a camera's raw file: save it as JPEG or PNG")
    if not is_one(path):
        raise ValueError(f"{name} is not a picture")
    return decoding.decoded(path, name)


def read_rgb(path: Path) -> np.ndarray:
    """The colours of a picture, turned upright: (y, x, 3) uint8 RGB, whatever its depth; see `read`.

    What is clear is left out.
    """
    return rgb(read(path))


def read_gray(path: Path, name: str | None = None) -> np.ndarray:
    """The grey levels of a picture, turned upright: (y, x) uint8, whatever its depth and colours; see `read`."""
    return gray(read(path, name))


def decode_gray(content: bytes, name: str) -> np.ndarray:
    """As `read_gray`, of what a picture's file holds."""
    return gray(decoding.decoded(BytesIO(content), name))


def rgb(pixels: np.ndarray) -> np.ndarray:
    """Pixels as `read` gives them -> (y, x, 3) uint8 RGB."""
    pixels = decoding.eight_bits(pixels)
    return pixels if pixels.shape[2:] == (3,) else np.asarray(Image.fromarray(pixels).convert("RGB"))


def gray(pixels: np.ndarray) -> np.ndarray:
    """Pixels as `read` gives them -> (y, x) uint8."""
    return np.asarray(Image.fromarray(decoding.eight_bits(pixels)).convert("L"))


def parent(path: Path) -> str:
    """The stem of the picture that a copy was made from; of a picture that is no copy, its own stem."""
    return path.stem.partition(MARK)[0]


def families(paths: Sequence[Path]) -> np.ndarray:
    """Group pictures with the distorted copies beside them.

    A copy whose parent is not beside it, as of a folder that was parted after it was enlarged, belongs to all of the
    parent's name and label, in whatever split: one of them it was made from.

    Returns:
        (n,) int64 numbers in the order in which the families come, equal within one.
    """
    own, there = [path.parent / parent(path) for path in paths], {path.with_suffix("") for path in paths}
    labelled = [f"*/{place.parent.name}/{place.name}" for place in own]
    parted = {name for name, place in zip(labelled, own, strict=True) if place not in there}
    names = [name if name in parted else place.as_posix() for name, place in zip(labelled, own, strict=True)]
    return pd.factorize(np.array(names, object))[0]


def split_of(path: Path) -> str:
    """The split that a picture's name says (`train_12.png`, `IMG_test_3.png`), or a folder that it is in.

    What one of them holds out is held out; else the name goes first, and then the nearest folder.

    Args:
        path: `…/<split>/…/<split>_<id>.png`, relative to what is read; each may be missing.

    Returns:
        A name of `labels.SPLITS`, or "" where none is said.
    """
    said = [_split_in_name(path), *map(labels.split_named, reversed(path.parts[:-1]))]
    return next((split for split in said if split not in ("", "train")), "train" if "train" in said else "")


def _split_in_name(path: Path) -> str:
    stem = parent(path)
    return "" if labels.split_of(stem) else labels.split_named(stem)


def root(path: Path) -> Path:
    """The name, alone, of the folder that is read, or of the one that a file lies in."""
    folder = path if path.is_dir() else path.parent
    return Path(Path(os.path.abspath(folder)).parts[-1])  # of "." and ".." too


def below(places: Sequence[Path], name: str) -> list[Path]:
    """Places for `split_of` without the name of the folder that is read, unless it alone says a split: `fold0/test`.

    In `my_test/train/happy/` are pictures for training. A warning says where all is held out by that name.

    Args:
        places: each begins with `root`.
        name: what messages call the folder.

    Raises:
        ValueError: the name denies that it is for training.
    """
    within = [Path(*place.parts[1:]) for place in places]
    if places and labels.denies(own := places[0].parts[0]) and labels.splits_in(own) == {"train"}:
        raise ValueError(f"{name}: by its name {own!r} it is not for training: rename it, if it is")
    said = labels.split_named(places[0].parts[0]) if places else ""
    if not said or any(labels.splits_in(part) for place in within for part in place.parts[:-1]):
        return within
    if said != "train":
        where = places[0].parts[0]
        warnings.warn(f"{name}: held out as {said}, since {where!r} is called so: rename it if not", stacklevel=4)
    return [*places]


def check_splits(places: Sequence[Path], name: str) -> None:
    """Refuse pictures of which some say a split, and others none: might those be a test's?

    Words that hold out, in names alone, are no reason. Where no folder names a split, and the pictures lie in several
    above those of labels, a warning says that lots are drawn.

    Args:
        places: as `split_of` takes them.
        name: what messages call the folder.

    Raises:
        ValueError: with those that say none, and the words that are known; with folders for training inside of such
            as hold out; or with folders and names that may deny what they say of training (`not_for_training`).
    """
    check_denials(places, name)
    silent = {place for place in places if not split_of(place)}
    if not silent:
        return
    folders = {place.parent for place in silent}
    if any(labels.split_named(part) for place in places for part in place.parts[:-1]):
        raise ValueError(
            f"{name}: other folders name a split, {few(folders)} none: rename them, expected {labels.split_words()}"
        )
    if any(split_of(place) == "train" for place in places):
        raise ValueError(
            f"{name}: other pictures' names say a split, {few(silent)} none: rename them, expected "
            f"{labels.split_words()}"
        )
    if len(above := {folder.parent for folder in folders}) > 1:
        warnings.warn(
            f"{name}: no folder names a split, so the pictures of {few(above)} get theirs by lot; if some have one, "
            f"rename those folders, expected {labels.split_words()}",
            stacklevel=4,
        )


def check_denials(places: Sequence[Path], name: str) -> None:
    """Refuse what may be for training or held out; a warning names pictures whose names may deny their folder's train.

    Args:
        places: as `split_of` takes them.
        name: what messages call the folder.

    Raises:
        ValueError: with the folders, or, of pictures that lie in none for training, their names.
    """
    denied = {place for place in places if labels.may_deny_train(parent(place))}
    unclear = {place.parent for place in places if _is_unclear(place)} or {p for p in denied if not split_of(p)}
    if unclear:
        raise ValueError(
            f"{name}: {few(unclear)} may be for training or held out: rename one, or move it out, expected "
            f"{labels.split_words()}"
        )
    if taught := {place for place in denied if split_of(place) == "train"}:
        warnings.warn(
            f"{name}: {few(taught)} are taken for training, as their folders say, whatever else their names mean",
            stacklevel=5,
        )
    if apart := {p for p in places if split_of(p) != "train" and split_of(p.parent / "_") == "train"}:
        warnings.warn(f"{name}: {few(apart)} are held out, as their own names say", stacklevel=5)


def _is_unclear(place: Path) -> bool:
    """Whether a folder may deny that it is for training, or is for training inside of one that is not."""
    said = [split for split in map(labels.split_named, reversed(place.parts[:-1])) if split]
    denied = any(map(labels.may_deny_train, place.parts[:-1])) or (
        split_of(place) == "train" and any(map(labels.denies, place.parts[:-1]))
    )
    return denied or (said[:1] == ["train"] and split_of(place.parent / "_") != "train")


def few(names: Iterable[Path]) -> str:
    """The first `NAMED` in their order, and how many more there are, for messages."""
    names = sorted(name.as_posix() for name in names)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
