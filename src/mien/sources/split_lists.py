"""Lists beside pictures that may say which of them are held out, such as `splits.csv` or `test.txt`."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from mien.faces import pictures
from mien.sources import csv_lines
from mien.sources.fer2013_tables import SPLIT_COLUMNS
from mien.vocabulary import labels

_TABLES = (".csv", ".tsv")
_TEXTS = (*_TABLES, ".txt", ".lst")
_OBJECTS = (".json", ".jsonl")
_SUFFIXES = (*_TEXTS, *_OBJECTS, *".list .xlsx .xls .ods .mat .npz .pkl .parquet .xml .yaml .yml .gz".split())

_NAME = re.compile(  # RAF-DB has `list_patition_label.txt`, UCF101 `testlist01.txt`
    "(?<![a-z])((data|train)?(splits?|pa(r)?titions?|k?folds?)|(test|val|valid|dev)(list|files|ids|names))(?![a-z])"
)


def check(folder: Path, files: Iterable[Path], places: Sequence[Path], name: str) -> None:
    """Refuse lists that are called as a split or name one, where some pictures would get theirs by lot.

    Args:
        folder: that is read.
        files: in it.
        places: of the pictures, as `pictures.split_of` takes them.
        name: what messages call the folder.

    Raises:
        ValueError: with the lists.
    """
    said = {*map(pictures.split_of, places)}
    if "" not in said and said != {"train"}:
        return
    if lists := [place for path in files if _is_one(path, place := path.relative_to(folder))]:
        raise ValueError(
            f"{name}: {pictures.few(lists)} may say which pictures are held out, and their folders do not: sort them "
            "into <split>/<label>/, or move the list away"
        )


def _is_one(path: Path, place: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        return False
    if any(labels.splits_in(part) - {"train"} or _NAME.search(part.lower()) for part in (*place.parts[:-1], path.stem)):
        return True
    if suffix in _OBJECTS:
        return _is_quoted(path)
    return "train" in labels.splits_in(path.stem) or (suffix in _TEXTS and _names_split(path))


def _is_quoted(path: Path) -> bool:
    """Whether a JSON file has a word for a split for a name or a value; a large one in its first million characters."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return any(map(labels.split_of, re.findall(r'"([^"\\]{2,20})"', file.read(10**6))))


def _names_split(path: Path) -> bool:
    is_table = path.suffix.lower() in _TABLES
    try:
        rows = (fields for _, fields in csv_lines.lines(path, path.name))
        header = next(rows, []) if is_table else []
        return any(map(_is_column, header)) or any(_row_names(fields, is_table) for fields in chain([header], rows))
    except ValueError:  # no text, or none of rows
        return False


def _is_column(title: str) -> bool:
    return re.sub("[ _-]", "", title.lower()) in SPLIT_COLUMNS or bool(labels.splits_in(title))


def _row_names(fields: list[str], is_table: bool) -> bool:
    """Whether a row has a word for a split; in what may be prose, beside a picture's name or in it."""
    fields = fields if len(fields) > 1 else "".join(fields).split()
    places = [Path(field.strip().replace("\\", "/")) for field in fields]
    shown = [place for place in places if place.suffix.lower() in pictures.SUFFIXES]
    if any(map(pictures.split_of, shown)):
        return True
    return (is_table or bool(shown)) and any(labels.split_of(part) for place in places for part in place.parts)
