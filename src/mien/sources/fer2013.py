"""FER2013 (Goodfellow et al., 2013): 35,887 grey faces of 48x48, seven expressions, an official split."""

from pathlib import Path

import xarray as xr

from mien.engine.missing import Missing
from mien.faces import pictures
from mien.sources import archives
from mien.sources.fer2013_pictures import SUFFIXES, read_pictures
from mien.sources.fer2013_tables import read_csv, read_xlsx
from mien.vocabulary import labels

COUNTS = {
    "Training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "PublicTest": (467, 56, 496, 895, 653, 415, 607),
    "PrivateTest": (491, 55, 528, 879, 594, 416, 626),
}
"""The published faces per split, in the order of `labels.EMOTIONS`."""

_FORMS = "a .csv or .xlsx with columns emotion and pixels, folders <split>/<label>/ of pictures, or an archive of those"
_TABLES = {".csv": read_csv, ".xlsx": read_xlsx}


def read(path: Path, code_map: str = "fer2013") -> xr.Dataset:
    """Read FER2013 from any of its forms.

    Args:
        path: `fer2013.csv`, `icml_face_data.csv`, a csv or xlsx without `Usage`, folders of pictures, an archive of
            any of these, or a folder that holds exactly one of them.
        code_map: a key of `labels.CODE_MAPS`: what numbers mean. Nothing in the five-class csv says that it is
            one: give `"five"`.

    Returns:
        The faces, as `faces_table.as_faces` makes them, in the order of the file. `split` is "" where the form has
        none; `id` is the number of the row, from 0, or the stem of the picture's name.

    Raises:
        Missing: there is nothing at `path`.
        ValueError: something cannot be read; names the file and the row. No face is left out silently.
    """
    if code_map not in labels.CODE_MAPS:
        raise ValueError(f"unknown code_map {code_map!r}: expected one of {', '.join(labels.CODE_MAPS)}")
    if not path.exists():
        raise Missing(f"{path} is not there: expected {_FORMS}; `make data` says how to get it")
    return _read(path, str(path), code_map)


def _read(path: Path, name: str, code_map: str) -> xr.Dataset:
    if path.is_dir():
        return _read_folder(path, name, code_map)
    if archives.is_archive(path):
        with archives.unpacked(path, name) as folder:
            return _read_folder(folder, name, code_map)
    if path.suffix.lower() not in _TABLES:
        raise ValueError(f"{name} is no form of FER2013: expected {_FORMS}")
    return _TABLES[path.suffix.lower()](path, name, code_map)


def _read_folder(folder: Path, name: str, code_map: str) -> xr.Dataset:
    form = _only(folder, name)
    if form == folder:
        paths = [path for path in pictures.files(folder) if path.suffix.lower() in SUFFIXES]
        return read_pictures(folder, paths, name, code_map)
    return _read(form, f"{name}/{form.relative_to(folder).as_posix()}", code_map)


def _only(folder: Path, name: str) -> Path:
    forms = _forms(folder)
    if not forms:
        raise ValueError(f"no FER2013 in {name}: expected {_FORMS}")
    if len(forms) > 1:
        found = ", ".join("pictures" if form == folder else form.relative_to(folder).as_posix() for form in forms)
        raise ValueError(f"{name} holds FER2013 more than once ({found}): name the one to read")
    return forms[0]


def _forms(folder: Path) -> list[Path]:
    """Tables and archives at any depth, and the folder itself if there are pictures in it."""
    files = pictures.files(folder)
    tables = [path for path in files if path.suffix.lower() in _TABLES or archives.is_archive(path)]
    return tables + [folder] * any(path.suffix.lower() in SUFFIXES for path in files)
