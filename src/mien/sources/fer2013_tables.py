"""FER2013 as a table: each row a face, its pixels as text."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import xarray as xr
from openpyxl.reader.excel import ExcelReader
from tqdm import tqdm

from mien.faces import pictures
from mien.faces.table import as_faces, expression_code
from mien.sources import archives
from mien.sources.csv_lines import Rows, lines
from mien.sources.pixel_text import parse_pixels
from mien.vocabulary import labels

SIZE = 48
"""Height and width of a face in pixels (Goodfellow et al., 2013)."""

SUFFIXES = (".csv", ".tsv", ".xlsx")

SPLIT_COLUMNS = tuple("usage split datasplit partition subset set fold phase".split())
"""What people call the column `Usage`; where a table has several of these, the first here is it."""

_BLOCK = 16  # faces whose pixels are read at once: what fits the fast caches
_NEEDED = ("emotion", "pixels")


def read_table(path: Path, name: str, code_map: str, place: Path) -> xr.Dataset:
    """Read `emotion` or `label`, `pixels` and, where there is one, `Usage`, in any order, among other columns.

    `Usage` may have any name of `SPLIT_COLUMNS`. Without it, the names of the table, of its sheet and of its folders
    say the split, as pictures' do. A word for a split in a further column is refused where they say another, or none.

    Args:
        path: a text, or a workbook, whose sheet with these columns is read.
        name: what messages call it.
        code_map: what numbers mean, see `labels.code_map`.
        place: the table's path, from the folder that is read, see `pictures.root`.

    Raises:
        ValueError: names the file and the line of the first row that cannot be read.
    """
    image, emotion, split = [], [], []
    with _opened(path, name) as (title, rows):
        header = _header(*next(rows, (name, [])))
        rows = tqdm(rows, "reading FER2013", unit=" faces", leave=False, delay=1)
        usage = "" if "usage" in header else _said_by_names(place, title, name)
        faces = (_face(where, header, fields, code_map, usage) for where, fields in rows)
        while block := list(islice(faces, _BLOCK)):
            wheres, texts, codes, splits = zip(*block, strict=True)
            image.append(parse_pixels(wheres, texts, SIZE))
            emotion += codes
            split += splits
    if not image:
        raise ValueError(f"{name}: no face below the header")
    return as_faces(np.concatenate(image), emotion, split, [f"{i:05d}" for i in range(len(split))], "fer2013")


def _said_by_names(place: Path, title: str, name: str) -> str:
    """The split that the names of a table, of its sheet and of its folders say."""
    (place,) = pictures.below([place], name)
    said = place.with_suffix("") / title / "_"
    pictures.check_denials([said], name)
    return pictures.split_of(said)


def columns(path: Path) -> set[str]:
    """The columns of those that `read_table` takes, which a table has; none where it cannot be read."""
    try:
        with _opened(path, path.name) as (_, rows):
            _, names = next(rows, ("", []))
    except ValueError:
        return set()
    return {*_plain(names)} & {*_NEEDED, "usage"}


@contextmanager
def _opened(path: Path, name: str) -> Iterator[tuple[str, Rows]]:
    """The title of the sheet that is read, "" of a text, and the rows."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":  # whatever the suffix: people rename tables
            yield _book(path, file, name)
        else:
            yield "", lines(path, name)


class _Reader(ExcelReader):
    def read_chartsheet(self, sheet, rel) -> None:
        """Pass over a sheet that is a chart: openpyxl fails at an empty one."""


def _book(path: Path, file: BinaryIO, name: str) -> tuple[str, Rows]:
    archives.check_zip(path, name)  # which is what a workbook is
    try:
        reader = _Reader(file, read_only=True, data_only=True)
        reader.read()
    except (KeyError, SyntaxError, ValueError) as error:
        raise ValueError(f"{name}: not an Excel workbook ({error})") from error
    sheets = reader.wb.worksheets
    fit = [sheet for sheet in sheets if {*_NEEDED} <= {*_plain(next(_sheet_rows(sheet), (0, []))[1])}]
    if len(fit) > 1:
        raise ValueError(f"{name}: {len(fit)} sheets have columns emotion and pixels, expected one such sheet")
    sheet = (fit or sheets)[0]
    where = name if len(sheets) == 1 else f"{name}, sheet {sheet.title!r}"
    return sheet.title, ((f"{where}, row {number}", cells) for number, cells in _sheet_rows(sheet))


def _sheet_rows(sheet) -> Iterator[tuple[int, list[str]]]:
    """Number and texts of every row that has any, as many as the first has: what stands beside them is a note."""
    sheet.reset_dimensions()  # some programs write wrong ones
    width = None
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(cell is not None for cell in cells):
            texts = ["" if cell is None else str(cell) for cell in cells]
            width = width or len(texts)
            yield number, [*texts, *[""] * (width - len(texts))][:width]


def _plain(names: list[str]) -> list[str]:
    """Names in small letters, without what pandas adds to a second column of the same (`emotion.1`)."""
    plain = [re.sub(r"[ _-]|\.[0-9]+$", "", name.strip().lower()) for name in names]
    usage = next((name for name in SPLIT_COLUMNS if name in plain), None)
    return [{"label": "emotion", usage: "usage"}.get(name, name) for name in plain]


def _header(where: str, names: list[str]) -> list[str]:
    header = _plain(names)
    if missing := [name for name in _NEEDED if name not in header]:
        found = ", ".join(repr(name[:40]) for name in names[:6]) or "an empty file"
        more = f", … ({len(names):,} columns)" if len(names) > 6 else ""
        raise ValueError(
            f"{where}: no column {' and '.join(missing)}: found {found}{more}; expected emotion (or label) and pixels"
        )
    if twice := [name for name in (*_NEEDED, "usage") if header.count(name) > 1]:
        both = [name for name, plain in zip(names, header, strict=True) if plain in twice]
        raise ValueError(f"{where}: {' and '.join(map(repr, both))} say the same: expected one column of each kind")
    if "usage" not in header and (flags := [name for name in names if labels.splits_in(name)]):
        raise ValueError(
            f"{where}: column {flags[0]!r} is called as a split: expected one column Usage, which names it"
        )
    return header


def _face(where: str, header: list[str], fields: list[str], code_map: str, usage: str) -> tuple[str, str, int, str]:
    """Where it stands, its pixels as text, its code and its split, `usage` where no column says one."""
    if len(fields) != len(header):
        raise ValueError(f"{where}: {len(fields)} fields, expected {len(header)} ({', '.join(header)})")
    row = dict(zip(header, fields, strict=True))
    try:
        split = _split(row["usage"]) if "usage" in row else usage
        _check_beside(header, fields, split)
        return where, row["pixels"], expression_code(row["emotion"], code_map), split
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _split(usage: str) -> str:
    if not (split := labels.split_of(usage)):
        raise ValueError(f"unknown Usage {usage!r}: expected {', '.join(labels.USAGES)}, or {labels.split_words()}")
    return split


def _check_beside(header: list[str], fields: list[str], split: str) -> None:
    """Refuse a word for a split in a column that is none of ours, alone or in a path, unless `split` is the same."""
    for column, field in zip(header, fields, strict=True):
        if column in (*_NEEDED, "usage"):
            continue
        said = {*map(labels.split_of, re.split(r"[/\\]", field)), *_said_by_name(field, split)} - {""}
        if said - {split}:
            usage = f"Usage {split}: correct one" if split else "there is no Usage: add it, or remove this column"
            raise ValueError(f"column {column!r} says {field[:40]!r}, but {usage}")


def _said_by_name(field: str, split: str) -> set[str]:
    """The split that a field says if it is the name of a picture; beside another, only one that holds out."""
    place = Path(field.strip().replace("\\", "/"))
    if place.suffix.lower() not in pictures.SUFFIXES:
        return set()
    said = "train" if labels.may_deny_train(place.stem) else pictures.split_of(place)
    return set() if split and said == "train" else {said}
