"""The rows of a csv file whose fields may be as long as a picture."""

import csv
from collections.abc import Iterator
from typing import TextIO

Rows = Iterator[tuple[str, list[str]]]
"""Where a row stands, numbered as an editor or a spreadsheet shows it, and its fields; the header comes first."""


def lines(file: TextIO, name: str) -> Rows:
    """Split every line that is not empty.

    Few fields, as long as a picture: `csv.reader` takes 3.1 times as long for a table of FER2013's size and 3.5 to 4.8
    for the keypoints' (`benchmarks/read_fer2013.py`), and where quotes do not close, it takes what follows for one
    field. `pandas.read_csv`, 2.2 and 3 to 4.9, does not say where a row with too few fields stands.

    Args:
        file: open for reading.
        name: what messages call it.

    Raises:
        ValueError: names the file and the line whose quotes do not close.
    """
    for number, line in enumerate(file, 1):
        where = f"{name}, line {number}"
        if '"' in line:
            yield where, _quoted(line, where)
        elif not line.isspace():
            yield where, line.rstrip("\n").split(",")


def _quoted(line: str, where: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ValueError(f"{where}: not a row of csv ({error})") from None
