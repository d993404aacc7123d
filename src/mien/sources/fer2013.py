"""FER2013 (Goodfellow et al., 2013): 35,887 grey faces of 48x48, seven expressions, an official split."""

import warnings
from pathlib import Path

import xarray as xr

from mien.engine.missing import Missing
from mien.faces import pictures
from mien.sources import archives, fer2013_tables
from mien.sources.fer2013_pictures import read_pictures
from mien.vocabulary import labels

COUNTS = {
    "Training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "PublicTest": (467, 56, 496, 895, 653, 415, 607),
    "PrivateTest": (491, 55, 528, 879, 594, 416, 626),
}
"""The published faces per split, in the order of `labels.EMOTIONS`."""

TABLES = ("icml_face_data.csv", "fer2013.csv")
"""What the competition's second and first edition call the same table."""

_FORMS = "a .csv or .xlsx with columns emotion and pixels, folders <split>/<label>/ of pictures, or an archive of those"


def read(path: Path, code_map: str = "") -> xr.Dataset:
    """Read FER2013 from any of its forms.

    Of a folder the one form is read that is meant: passed over are tables that lack a column, those without `Usage`
    beside one with it, and archives beside what is unpacked. A warning says which it is, and what is passed over.

    Args:
        path: `fer2013.csv`, `icml_face_data.csv`, a csv or xlsx without `Usage`, folders of pictures, an archive of
            any of these, or a folder that holds one of them.
        code_map: what numbers mean, see `labels.code_map`; "": in tables FER2013's seven, in names of folders nothing.
            Nothing in the five-class csv says that it is one: give `"five"`.

    Returns:
        The faces, as `faces_table.as_faces` makes them, in the order of the file. `split` is "" where the form has
        none: a table without `Usage` has one if its name or a folder says it (`PrivateTest.csv`), and where no folder
        within does, the folder that is read (`fold0/test`). `id` is the number of the row, from 0, or the stem of the
        picture's name.

    Raises:
        Missing: there is nothing at `path`.
        ValueError: something cannot be read; names the file and the row. No face is left out silently.
    """
    labels.code_map(code_map or "fer2013")
    if not path.exists():
        raise Missing(f"{path} is not there: expected {_FORMS}; `make data` says how to get it")
    place = pictures.root(path) / ("" if path.is_dir() else path.name)
    return _read(path, str(path), code_map, place)


def _read(path: Path, name: str, code_map: str, place: Path) -> xr.Dataset:
    """Read what lies at `place`, which begins with the name of the folder that is read."""
    if path.is_dir():
        return _read_folder(path, name, code_map, place)
    if archives.is_archive(path):
        with archives.unpacked(path, name) as folder:
            return _read_folder(folder, name, code_map, place.with_suffix(""))
    if path.suffix.lower() not in fer2013_tables.SUFFIXES:
        raise ValueError(f"{name} is no form of FER2013: expected {_FORMS}")
    return fer2013_tables.read_table(path, name, code_map or "fer2013", place)


def _read_folder(folder: Path, name: str, code_map: str, place: Path) -> xr.Dataset:
    files = pictures.files(folder)
    form = _only(folder, name, files, any(map(pictures.is_one, files)))
    if form == folder:
        return read_pictures(folder, files, name, code_map, place)
    within = form.relative_to(folder)
    return _read(form, f"{name}/{within.as_posix()}", code_map, place / within)


def _only(folder: Path, name: str, files: list[Path], has_pictures: bool) -> Path:
    tables = [path for path in files if path.suffix.lower() in fer2013_tables.SUFFIXES]
    packed = [path for path in files if archives.is_archive(path)]
    forms = (_meant(tables) + [folder] * has_pictures) or packed or tables
    if not forms:
        found = f", found {_names(folder, files)}" if files else ""
        raise ValueError(f"no FER2013 in {name}: expected {_FORMS}{found}")
    if len(forms) > 1:
        raise ValueError(
            f"{name} holds FER2013 more than once ({_names(folder, forms)}): name the one to read, in a profile "
            f"`dataset: {{name: fer2013, path: …}}`, or move the others away"
        )
    if others := [path for path in tables + packed if path not in forms]:
        read = _names(folder, forms)
        warnings.warn(f"{name}: reads {read}, and passes over {_names(folder, others)}", stacklevel=3)
    return forms[0]


def _meant(tables: list[Path]) -> list[Path]:
    """Those with labels and pixels, and with a split if any has one; of FER2013's own two, which are alike, one."""
    columns = {path: fer2013_tables.columns(path) for path in tables}
    for wanted in ({"emotion", "pixels", "usage"}, {"emotion", "pixels"}):
        if found := [path for path in tables if wanted <= columns[path]]:
            own = [path for name in TABLES for path in found if path.name.lower() == name]
            return own[:1] or found
    return []


def _names(folder: Path, files: list[Path]) -> str:
    names = ["pictures" if path == folder else path.relative_to(folder).as_posix() for path in files]
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
