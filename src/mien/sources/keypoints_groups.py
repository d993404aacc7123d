"""Whose a row of a table of keypoints is, and what must stay together: a small table that lies beside it."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mien.faces.table import TEXT
from mien.sources.csv_lines import lines

GROUPS = "groups.csv"
"""May lie beside a table: `row` (from 0), `source` and `group`, what must not stand on two sides of a split."""

_COLUMNS = ["row", "source", "group"]
_WHOLE = re.compile("^([0-9]+)[.,]0*$")  # what a spreadsheet makes of a whole number


def grouped(faces: xr.Dataset, files: dict[Path, str]) -> xr.Dataset:
    """Add the sources and groups that a file says, if there is one.

    Args:
        faces: one for each row of the table.
        files: those called `GROUPS`, and what messages call them; columns in any order and form of `csv_lines`.

    Returns:
        The faces with `group` and `source`. Blanks around a name, and whether a number is written `1` or `1.0`, make no
        difference.

    Raises:
        ValueError: there are several files, or not every row stands once in the one; names it, and the line.
    """
    if len(files) > 1:
        raise ValueError(f"{' and '.join(files.values())}: expected one {GROUPS}; move the others away")
    for path, name in files.items():
        table = _read(path, name, faces.sizes["face"])
        group = pd.factorize(table["group"])[0].astype(np.int64)
        faces = faces.assign_coords(group=("face", group), source=("face", table["source"].to_numpy().astype(TEXT)))
    return faces


def _read(path: Path, name: str, n: int) -> pd.DataFrame:
    """`source` and `group` of rows 0 to n - 1, in this order."""
    if not path.is_file():
        raise ValueError(f"{name} is no file, or a link that leads nowhere")
    rows = lines(path, name)
    where, names = next(rows, (name, []))
    header = [column.strip().lower() for column in names]
    if any(header.count(column) != 1 for column in _COLUMNS):
        found = ", ".join(map(repr, names)) or "an empty file"
        raise ValueError(f"{where}: found {found[:80]}, expected the columns row, source and group, each once")
    table = pd.DataFrame([_row(where, header, fields) for where, fields in rows], columns=_COLUMNS).set_index("row")
    if sorted(table.index) != list(range(n)):
        raise ValueError(f"{name}: {len(table):,} rows, expected each from 0 to {n - 1:,} once, as the table has them")
    return table.sort_index()


def _row(where: str, header: list[str], fields: list[str]) -> tuple[int, str, str]:
    if len(fields) != len(header):
        raise ValueError(f"{where}: {len(fields)} fields, expected {len(header)} ({', '.join(header)})")
    texts = {column: _WHOLE.sub(r"\1", field.strip()) for column, field in zip(header, fields, strict=True)}
    row, source, group = (texts[column] for column in _COLUMNS)
    if not row.isdecimal():
        raise ValueError(f"{where}: row is {row[:40]!r}, expected the number of a row of the table, from 0")
    if not (source and group):
        raise ValueError(
            f"{where}: no {'group' if source else 'source'}, expected a name, which no other row has if it stands alone"
        )
    return int(row), source, group
