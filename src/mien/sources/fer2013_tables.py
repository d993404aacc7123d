"""FER2013 as a table: each row a face, its pixels as text."""

from itertools import islice
from pathlib import Path

import numpy as np
import openpyxl
import xarray as xr
from tqdm import tqdm

from mien.faces.table import as_faces, expression_code
from mien.sources import archives
from mien.sources.csv_lines import Rows, lines
from mien.sources.pixel_text import parse_pixels
from mien.vocabulary import labels

SIZE = 48
"""Height and width of a face in pixels (Goodfellow et al., 2013)."""

_BLOCK = 16  # faces whose pixels are read at once: what fits the fast caches


def read_csv(path: Path, name: str, code_map: str) -> xr.Dataset:
    """Read `emotion`, `pixels` and, where there is one, `Usage`, in any order.

    Args:
        path: the file.
        name: what messages call it.
        code_map: a key of `labels.CODE_MAPS`.

    Raises:
        ValueError: names the file and the line of the first row that cannot be read.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return _read(lines(file, name), name, code_map)


def read_xlsx(path: Path, name: str, code_map: str) -> xr.Dataset:
    """Read the first sheet of a workbook; as `read_csv`, and `label` may stand for `emotion`."""
    archives.check_zip(path, name)  # which is what a workbook is
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except (KeyError, SyntaxError, ValueError) as error:
            raise ValueError(f"{name}: not an Excel workbook ({error})") from error
        return _read(_sheet_rows(book.worksheets[0], name), name, code_map)


def _sheet_rows(sheet, name: str) -> Rows:
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(cell is not None for cell in cells):
            yield f"{name}, row {number}", ["" if cell is None else str(cell) for cell in cells]


def _read(rows: Rows, name: str, code_map: str) -> xr.Dataset:
    header = _header(*next(rows, (name, [])))
    rows = tqdm(rows, "reading FER2013", unit=" faces", leave=False, delay=1)
    faces = (_face(where, header, fields, code_map) for where, fields in rows)
    image, emotion, split = [], [], []
    while block := list(islice(faces, _BLOCK)):
        wheres, texts, codes, splits = zip(*block, strict=True)
        image.append(parse_pixels(wheres, texts, SIZE))
        emotion += codes
        split += splits
    if not image:
        raise ValueError(f"{name}: no face below the header")
    return as_faces(np.concatenate(image), emotion, split, [f"{i:05d}" for i in range(len(split))], "fer2013")


def _header(where: str, names: list[str]) -> list[str]:
    plain = [name.strip().lower() for name in names]
    header = ["emotion" if name == "label" else name for name in plain]
    missing = [name for name in ("emotion", "pixels") if name not in header]
    if missing:
        found = ", ".join(map(repr, names)) or "an empty file"
        raise ValueError(
            f"{where}: no column {' and '.join(missing)}: found {found}; expected emotion (or label) and pixels"
        )
    return header


def _face(where: str, header: list[str], fields: list[str], code_map: str) -> tuple[str, str, int, str]:
    """Where it stands, its pixels as text, its code and its split."""
    if len(fields) != len(header):
        raise ValueError(f"{where}: {len(fields)} fields, expected {len(header)} ({', '.join(header)})")
    row = dict(zip(header, fields, strict=True))
    try:
        return where, row["pixels"], expression_code(row["emotion"], code_map), _split(row.get("usage"))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _split(usage: str | None) -> str:
    if usage is None:
        return ""
    if usage.strip() not in labels.USAGES:
        raise ValueError(f"unknown Usage {usage!r}: expected one of {', '.join(labels.USAGES)}")
    return labels.USAGES[usage.strip()]
