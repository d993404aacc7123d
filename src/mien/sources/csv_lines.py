"""The rows of a csv file whose fields may be as long as a picture, in any form that a spreadsheet gives it."""

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from mien.sources import signs

Rows = Iterator[tuple[str, list[str]]]
"""Where a row stands, numbered as an editor or a spreadsheet shows it, and its fields; the header comes first."""

DELIMITERS = ",;\t|"
"""Where the comma is the decimal point, Excel writes semicolons; its "Unicode text" has tabs."""

_SEP = re.compile('"?sep=(.)"?\\s*', re.IGNORECASE)  # the first line, which tells Excel the delimiter

_PACKED = {
    b"PK\3\4": "an archive or a workbook under another name: let it end in .zip or .xlsx",
    b"\x1f\x8b": "packed with gzip: unpack it, with gunzip or 7-Zip",
}
"""What is no table, but may be an archive."""


def lines(path: Path, name: str) -> Rows:
    """Split every line that is not empty; a line of nothing but delimiters is.

    Few fields, as long as a picture: `csv.reader` takes 3.1 times as long for a table of FER2013's size and 3.5 to 4.8
    for the keypoints' (`benchmarks/read_fer2013.py`), and where quotes do not close, it takes what follows for one
    field. `pandas.read_csv`, 2.2 and 3 to 4.9, does not say where a row with too few fields stands.

    Args:
        path: of the file: in UTF-8, or in UTF-16 with its mark; the header says which of `DELIMITERS` it has.
        name: what messages call it.

    Raises:
        ValueError: names the file, and what it is if it is no table, or the line whose quotes do not close.
    """
    delimiter = None
    with path.open(encoding=_encoding(path, name), errors="replace") as file:
        for number, line in enumerate(file, 1):
            where = f"{name}, line {number}"
            if number == 1 and (sep := _SEP.fullmatch(line)):
                delimiter = sep[1]
                continue
            delimiter = delimiter or (max(DELIMITERS, key=line.count) if line.strip() else None)
            if '"' in line:
                fields = _quoted(line, where, delimiter)
                if any(fields):
                    yield where, fields
            elif line.strip(f"{delimiter} \t\n"):
                yield where, line.rstrip("\n").split(delimiter)


def _encoding(path: Path, name: str) -> str:
    with path.open("rb") as file:
        begin = file.read(signs.LENGTH)
    if what := signs.what_is(begin, _PACKED):
        raise ValueError(f"{name}, line 1: no table but {what}")
    return "utf-16" if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _quoted(line: str, where: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"{where}: not a row of csv ({error})") from None
