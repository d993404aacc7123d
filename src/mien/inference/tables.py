"""What was found on pictures: shown as a table, and written as csv, json and annotated pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from rich.console import Console
from rich.table import Table

from mien.engine import store
from mien.inference import outputs, overlay
from mien.inference.files import Looked
from mien.inference.predictor import BOX, SIZE, Predictor, cut, gray

SHOWN = 50
"""Faces that are printed; the files have all."""


def rows(looked: Looked) -> pd.DataFrame:
    """The faces of a file: `file`, `face` (from 1, the largest first), and the columns of `Predictor.predict`."""
    table = looked.faces.copy()
    table.insert(0, "file", str(looked.path))
    table.insert(1, "face", np.arange(1, len(table) + 1))
    return table


def show(table: pd.DataFrame, classes: Sequence[str], console: Console) -> None:
    """Print a table of `rows`, `SHOWN` at most: the two most probable classes, how happy a face looks, and its eyes."""
    shown = Table("file", "face", "width", "expression", "or else", "happy", "eyes")
    for _, row in table.head(SHOWN).iterrows():
        place = [Path(row["file"]).name, str(row["face"]), f"{row['right'] - row['left']} px"]
        ranked = row[[*classes]].astype(float).nlargest(2)
        said = [f"{name} {share:.0%}" for name, share in ranked.items()] or ["no landmarks", ""]
        happy = f"{row['happy']:.0%}" if len(ranked) and "happy" in classes else ""
        shown.add_row(*place, *said, happy, "" if pd.isna(row["eye_state"]) else row["eye_state"])
    console.print(shown)
    if len(table) > SHOWN:
        console.print(f"{len(table) - SHOWN:,} more faces are not shown: --csv or --json write all of them")


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
    """For each file a name of its own, `<stem>.png`, with the folders before it where two would share one."""
    taken: dict[str, Path] = {}
    for path in paths:
        parts = list(path.resolve().with_suffix("").parts[1:])
        name = parts.pop()
        while name in taken and parts:
            name = f"{parts.pop()}_{name}"
        taken[name if name not in taken else f"{name}{path.suffix}"] = path
    return {path: f"{name}.png" for name, path in taken.items()}
