"""Fifteen points of a face, in the forms of Kaggle's *Facial Keypoints Detection*: gray, 96x96 pixels."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from mien.engine import folders
from mien.engine.missing import Missing
from mien.faces import pictures
from mien.faces.table import as_faces
from mien.sources import archives
from mien.sources.csv_lines import Rows, lines
from mien.sources.keypoints_groups import GROUPS, grouped
from mien.sources.pixel_text import parse_pixels
from mien.vocabulary import labels
from mien.vocabulary.topology import KEYPOINTS15

SIZE = 96
"""Height and width of a face in pixels."""

TABLES = ("training.csv", "data.csv", "facial_keypoints.csv")
"""Kaggle's own; its 2,140 rows that have every point; and the points alone, beside `PICTURES`."""

PICTURES = "face_images.npz"
"""Has one array, `face_images` (96, 96, row) or (row, 96, 96), for a table without a column `Image`."""

_COLUMNS = [f"{name}_{axis}" for name in KEYPOINTS15 for axis in "xy"]
_FORMS = f"{', '.join(TABLES)}, or an archive of one of them"
_BLOCK = 16  # faces whose pixels are read at once: what fits the fast caches


def read_keypoints(path: Path) -> xr.Dataset:
    """Read faces and their keypoints; a point that is missing stays missing.

    Columns are found by their names, in whatever order. A point with a coordinate outside the picture, with one
    coordinate alone, or at 0, 0 counts as missing; a warning says how many there are.

    Args:
        path: a table as in `TABLES`, an archive of one, or a folder that holds one of these; of several tables the one
            that comes first in `TABLES` is read, which a warning says.

    Returns:
        The faces, as `faces_table.as_faces` makes them, in the order of the file, and `keypoints` (face, keypoint,
        axis) float32 in pixels, a pixel's centre at its whole number, NaN where missing; `keypoint` is named and
        ordered as `topology.KEYPOINTS15`. `id` is the number of the row, `split` is "", `emotion` unknown; `source`
        and `group` are those of `keypoints_groups.GROUPS`, which lies beside the table, or in or beside what holds it.

    Raises:
        Missing: there is nothing at `path`.
        ValueError: something cannot be read; names the file and the line. No face is left out silently.
    """
    if not path.exists():
        raise Missing(f"{path} is not there: expected {_FORMS}; `make data` says how to get it")
    with _found(path, str(path)) as (table, name, groups):
        image, points, wheres = _read(table, name)
        return grouped(_as_faces(image, _checked(points, wheres, path)), groups)


@contextmanager
def _found(path: Path, name: str) -> Iterator[tuple[Path, str, dict[Path, str]]]:
    """The table and what messages call it; likewise each `GROUPS` beside it, or in and beside what holds it."""
    groups = _groups(path, name)
    if archives.is_archive(path):
        with archives.unpacked(path, name) as folder, _found(folder, name) as (table, called, inside):
            yield table, called, groups | inside
    elif path.is_dir():
        form = _only(path, name)
        with _found(form, f"{name}/{form.relative_to(path).as_posix()}") as (table, called, inside):
            yield table, called, groups | inside
    elif path.suffix.lower() == ".csv":
        yield path, name, groups
    else:
        raise ValueError(f"{name} is no table of keypoints: expected {_FORMS}")


def _groups(path: Path, name: str) -> dict[Path, str]:
    if path.is_dir():
        files = {file: f"{name}/{file.relative_to(path).as_posix()}" for file in chain(*folders.listed(path))}
    else:
        files = {file: name.removesuffix(path.name) + file.name for file in path.parent.iterdir()}
    found = {file: called for file, called in files.items() if file.name.lower() == GROUPS}
    if not found and (
        like := [called for file, called in files.items() if re.match("groups?[^a-z]", file.name.lower())]
    ):
        warnings.warn(f"{', '.join(like)}: not read, since {GROUPS} alone says what belongs together", stacklevel=3)
    return found


def _read(path: Path, name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Pictures (n, 96, 96), points (n, 15, 2) and where each row stands."""
    image, points, wheres = _read_rows(lines(path, name), name)
    if image is None:
        image = _read_pictures(path.with_name(PICTURES), name.removesuffix(path.name) + PICTURES, len(points))
    return image, points, wheres


def _only(folder: Path, name: str) -> Path:
    files = pictures.files(folder)
    tables = [path for wanted in TABLES for path in files if path.name.lower() == wanted]
    packed = [path for path in files if archives.is_archive(path)]
    forms = tables[:1] or [path for path in packed if not path.name.lower().startswith("test")]  # which has no targets
    if len(forms) != 1:
        found = _names(folder, forms or files[:5]) or "nothing"
        raise ValueError(f"{name} holds {len(forms)} tables of keypoints, found {found}: expected one of {_FORMS}")
    if others := tables[1:]:
        warnings.warn(f"{name}: reads {_names(folder, forms)}, and passes over {_names(folder, others)}", stacklevel=5)
    return forms[0]


def _names(folder: Path, files: list[Path]) -> str:
    return ", ".join(path.relative_to(folder).as_posix() for path in files)


def _read_rows(rows: Rows, name: str) -> tuple[np.ndarray | None, np.ndarray, list[str]]:
    """Pictures (n, 96, 96), None where the table has none; points (n, 15, 2); where each row stands."""
    header = _header(*next(rows, (name, [])))
    rows = iter(tqdm(rows, "reading keypoints", unit=" faces", leave=False, delay=1))
    image, points, wheres = [], [], []
    while block := list(islice(rows, _BLOCK)):
        block = {where: _row(where, header, fields) for where, fields in block}
        if "Image" in header:
            image.append(parse_pixels([*block], [row["Image"] for row in block.values()], SIZE))
        points += [_coordinates(where, row) for where, row in block.items()]
        wheres += block
    if not points:
        raise ValueError(f"{name}: no face below the header")
    return np.concatenate(image) if image else None, np.reshape(points, (-1, len(KEYPOINTS15), 2)), wheres


def _header(where: str, names: list[str]) -> list[str]:
    own = {name.lower(): name for name in (*_COLUMNS, "Image")}
    header = [own.get(name.strip().lower(), name.strip()) for name in names]
    if missing := [name for name in _COLUMNS if name not in header]:
        found = ", ".join(map(repr, names[:4])) or "an empty file"
        raise ValueError(f"{where}: no column {', '.join(missing)}: found {found}, …; expected x and y of each point")
    if twice := {name for name in header if header.count(name) > 1}:
        raise ValueError(f"{where}: {', '.join(sorted(twice))} stands there twice")
    return header


def _row(where: str, header: list[str], fields: list[str]) -> dict[str, str]:
    if len(fields) != len(header):
        raise ValueError(f"{where}: {len(fields)} fields, expected {len(header)} ({header[0]}, …, {header[-1]})")
    return dict(zip(header, fields, strict=True))


def _coordinates(where: str, row: dict[str, str]) -> list[float]:
    """The thirty of a row, in the order of `_COLUMNS`; NaN for an empty field."""
    values = []
    for column in _COLUMNS:
        try:
            values.append(float(row[column].strip().replace(",", ".") or "nan"))
        except ValueError:
            raise ValueError(f"{where}: {column} is {row[column]!r}, expected pixels, or nothing") from None
    return values


def _checked(points: np.ndarray, wheres: list[str], path: Path) -> np.ndarray:
    """Make points missing that no picture shows, and warn of them, and of rows without any."""
    if not (np.isnan(points).all() or (np.abs(points) > 1).any()):
        raise ValueError(f"{wheres[0]} and below: no coordinate is above 1, as shares of the picture; expected pixels")
    shown = ((points >= -0.5) & (points <= SIZE - 0.5)).all(axis=-1)  # (n, 15); a pixel's centre is its whole number
    shown &= points.any(axis=-1)  # 0, 0 stands for nothing: no point of a face is exactly in the corner
    faults = ~shown & ~np.isnan(points).all(axis=-1)
    if faults.any():
        face, which = np.argwhere(faults)[0]
        warnings.warn(
            f"{path}: {faults.sum():,} points have a coordinate outside the {SIZE}x{SIZE} picture, one coordinate "
            f"alone, or stand at 0, 0, and count as missing; the first is in {wheres[face]}: {[*KEYPOINTS15][which]}",
            stacklevel=3,
        )
    if (empty := ~shown.any(axis=1)).any():
        first = wheres[empty.argmax()]
        warnings.warn(f"{path}: {empty.sum():,} faces have no point at all; the first is in {first}", stacklevel=3)
    return np.where(shown[..., None], points, np.nan)


def _read_pictures(path: Path, name: str, n: int) -> np.ndarray:
    """(n, 96, 96) uint8 of the file beside a table of n rows."""
    try:
        with np.load(path, allow_pickle=False) as file:
            image = file["face_images"]
    except FileNotFoundError:
        raise ValueError(f"{name} is not there: it must stand beside a table without a column Image") from None
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{name}: no array `face_images` that can be read ({error})") from error
    if image.dtype.kind not in "iuf":
        raise ValueError(f"{name}: `face_images` is of type {image.dtype}, expected grey levels")
    if image.shape == (SIZE, SIZE, n):
        image = np.moveaxis(image, -1, 0)
    if image.shape != (n, SIZE, SIZE):
        raise ValueError(f"{name}: shape {image.shape}, expected ({SIZE}, {SIZE}, {n}), as the table has {n:,} rows")
    if image.min() < 0 or image.max() > 255 or (image % 1).any():
        raise ValueError(f"{name}: levels from {image.min()} to {image.max()}, expected whole ones from 0 to 255")
    return image.astype(np.uint8)


def _as_faces(image: np.ndarray, points: np.ndarray) -> xr.Dataset:
    n = len(image)
    faces = as_faces(image, [labels.UNKNOWN] * n, [""] * n, [f"{i:05d}" for i in range(n)], "keypoints")
    return faces.assign(keypoints=(("face", "keypoint", "axis"), points.astype(np.float32))).assign_coords(
        keypoint=np.array(list(KEYPOINTS15), object), axis=np.array(["x", "y"], object)
    )
