"""What was found on pictures: shown as a table, and written as csv, json and annotated pictures."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pandas as pd
from PIL import Image
from rich.console import Console
from rich.table import Column, Table

from mien.engine import store
from mien.engine.names import LONGEST, shown, written
from mien.inference import outputs, overlay
from mien.inference.files import Looked
from mien.inference.predictor import BOX, SIZE, Predictor, cut, gray

SHOWN = 50
"""Faces that are printed; the files have all."""


def rows(looked: Looked) -> pd.DataFrame:
    """The faces of a file: `file`, `face` (from 1, the largest first), and the columns of `Predictor.predict`.

    A name that is no UTF-8 stands there as `names.written` has it.
    """
    table = looked.faces.copy()
    table.insert(0, "file", written(str(looked.path)))
    table.insert(1, "face", np.arange(1, len(table) + 1))
    return table


def show(table: pd.DataFrame, classes: Sequence[str], console: Console) -> None:
    """Print a table of `rows`, `SHOWN` at most: the two most probable classes, how happy a face looks, and its eyes."""
    printed = Table(Column("file", overflow="fold"), "face", "width", "expression", "or else", "happy", "eyes")
    endings = _endings(table["file"].head(SHOWN))
    for _, row in table.head(SHOWN).iterrows():
        place = [shown(endings[row["file"]]), str(row["face"]), f"{row['right'] - row['left']} px"]
        ranked = row[[*classes]].astype(float).nlargest(2)
        said = [f"{name} {share:.0%}" for name, share in ranked.items()] or ["no landmarks", ""]
        happy = f"{row['happy']:.0%}" if len(ranked) and "happy" in classes else ""
        printed.add_row(*place, *said, happy, "" if pd.isna(row["eye_state"]) else row["eye_state"])
    console.print(printed)
    if len(table) > SHOWN:
        console.print(f"{len(table) - SHOWN:,} more faces are not shown: --csv or --json write all of them")


def _endings(files: Iterable[str]) -> dict[str, Path]:
    """For each file the end of its path: its name, with the folders before it where others are called alike."""
    ways = {file: Path(file).parts for file in files}
    ends = {file: [way[start:] for start in reversed(range(len(way)))] for file, way in ways.items()}
    shared = Counter(end for each in ends.values() for end in each)
    return {file: Path(*next((end for end in each if shared[end] == 1), each[-1])) for file, each in ends.items()}


def write(table: pd.DataFrame, csv: Path | None, json: Path | None) -> None:
    """Write a table of `rows`: as csv, where what is missing is empty, and as a list of objects, where it is null."""
    if csv:
        with store.aside(csv) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    if json:
        with store.aside(json) as temporary:
            table.to_json(temporary, orient="records", indent=2, force_ascii=False, double_precision=6)


def save_picture(looked: Looked, path: Path, predictor: Predictor, heat: bool) -> None:
    """Write a picture with what was found on it, as PNG.

    Args:
        looked: the picture and its faces.
        path: of the file to write.
        predictor: that has looked.
        heat: lay over each face what speaks for its expression, by Grad-CAM; the model must take a picture.
    """
    image = _heated(looked, predictor) if heat else looked.image
    drawn = overlay.annotated(image, looked.faces, predictor.classes)
    with store.aside(path) as temporary:
        Image.fromarray(drawn).save(temporary, pnginfo=outputs.mark())


def _heated(looked: Looked, predictor: Predictor) -> np.ndarray:
    """The picture with a map over each face that has an expression."""
    from mien.evaluation import saliency  # here: it brings Keras, which takes seconds

    faces = looked.faces.dropna(subset="expression")
    if faces.empty:
        return looked.image
    boxes = list(faces[BOX].itertuples(index=False, name=None))
    given = predictor.features(cut([gray(looked.image)] * len(boxes), boxes, SIZE))
    classes = faces["expression"].map(list(predictor.classes).index).to_numpy()
    return overlay.with_heat(
        looked.image, saliency.normalised(saliency.grad_cam(predictor.model, given, classes)), boxes
    )


def names(paths: Sequence[Path]) -> dict[Path, str]:
    """For each file a name of its own, `<stem>.png`, with the folders before it where two would share one.

    Names that some file systems take for the same, by their case or the form of their accents, are not two.
    """
    given: dict[Path, str] = {}
    taken: set[str] = set()
    for path in paths:
        name = next(name for name in map(_fitting, _ever_longer(path)) if _folded(name) not in taken)
        taken.add(_folded(name))
        given[path] = f"{name}.png"
    return given


def _ever_longer(path: Path) -> Iterator[str]:
    """Names for a file: of its own parts, from the last one on, and then numbered."""
    parts = Path(os.path.abspath(path)).with_suffix("").parts[1:]
    yield from ("_".join(parts[start:]) for start in reversed(range(len(parts))))
    yield from (f"{number}_{parts[-1]}" for number in count(2))


def _fitting(name: str) -> str:
    """The beginning of a name that leaves room for an ending and for what stands before it while it is written."""
    while len(os.fsencode(name)) > LONGEST:
        name = name[:-1]
    return name


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()
