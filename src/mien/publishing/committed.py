"""Executed notebooks as git may keep them: with no picture inside, so that nobody's face can be in one.

A picture gives way to a reference to the figure that the run has saved of it, in `figures/`, which by
`Run.save_figure` shows no faces; any other is left out. A picture that is matched with the wrong figure is a mistake
that can be seen, and still no face.
"""

import base64
import io
import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from PIL import Image
from scipy.optimize import linear_sum_assignment

from mien.engine import paths, written

LEFT_OUT = "*This picture stays where it was made: it shows faces, or is no figure of the report.*"

PICTURE = re.compile(r"<(img|svg|image|video|audio|canvas|object|embed|iframe)\b|data:\w+/|url\(", re.IGNORECASE)
"""What shows or carries a picture in HTML or Markdown."""

ENCODED = ("iVBORw0KGgo", "/9j/4", "R0lGOD", "UklGR")
"""How PNG, JPEG, GIF and WebP begin in base64."""

RAN = ("start_time", "end_time", "duration", "parameters")
"""What is kept of papermill's notes; others have paths of the machine."""


def text(executed: Path, run: Path, shown: tuple[str, ...] = ("figures",)) -> str:
    """An executed notebook without pictures, keys and paths of the machine.

    Args:
        executed: of the run; which files it has written stands beside it, see `written`.
        run: the folder of the run's reports.
        shown: folders of it to whose pictures may be referred, `faces` among them only if its faces are nobody's.

    Raises:
        ValueError: something like a picture is left, of a kind that is not known here; or nothing says which pictures
            the notebook has saved, as after a run that was ended.
    """
    notebook = nbformat.read(executed, as_version=4)
    pictures = _pictures(notebook)
    figures = iter(_figures(pictures, _saved(executed, run) if pictures else []))
    for cell in notebook.cells:
        cell.pop("attachments", None)
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
        cell.get("outputs", [])[:] = [_kept(output, figures, shown) for output in cell.get("outputs", ())]
    raw = {str(paths.raw()), notebook.metadata.get("mien", {}).get("raw", str(paths.raw()))}  # now, and as it ran
    notebook.metadata = _metadata(notebook.metadata)
    content = nbformat.writes(notebook) + "\n"
    for place in sorted(raw, key=len, reverse=True):
        content = re.sub(rf"{re.escape(place)}(?![\w.-])", "data/raw", content)
    for place in (paths.home(), paths.REPOSITORY):
        content = content.replace(f"{place}/", "")
    if found := next((start for start in ENCODED if start in content), None):
        raise ValueError(f"{executed} would be published with a picture in it: found {found!r}, as base64 begins with")
    return content


def _pictures(notebook: NotebookNode) -> list[np.ndarray]:
    """Its pictures in order, each (height, width, 3) uint8."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    encoded = (output.data["image/png"] for output in outputs if "image/png" in output.get("data", {}))
    return [_pixels(io.BytesIO(base64.b64decode(content))) for content in encoded]


def _pixels(file: Path | io.BytesIO) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def _saved(executed: Path, run: Path) -> list[Path]:
    """The pictures that the notebook has saved, those of faces among them."""
    note = written.of(executed)
    if not note.exists():
        raise ValueError(f"{note} is not there, which says what {executed.stem} has saved: run it again")
    names = [Path(line) for line in note.read_text(encoding="utf-8").splitlines()]
    files = [run / name.parent.name / name.name for name in names if name.suffix == ".png"]
    return [file for file in files if file.exists()]


def _figures(pictures: list[np.ndarray], files: list[Path]) -> list[Path | None]:
    """Of each picture the file that is most like it, each file for one picture: as many pixels as may be are the same.

    They are not always the same pixel by pixel, since what is drawn a second time is laid out anew.
    """
    if not (pictures and files):
        return [None] * len(pictures)
    saved = [_pixels(file) for file in files]
    alike = np.array([[_alike(shown, other) for other in saved] for shown in pictures]).reshape(
        len(pictures), len(saved)
    )
    matched: list[Path | None] = [None] * len(pictures)
    for row, column in zip(*linear_sum_assignment(alike, maximize=True), strict=True):
        if alike[row, column] > 0:
            matched[row] = files[column]
    return matched


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """The share of pixels that are the same; 0 for pictures of different sizes."""
    return float((one == other).all(axis=2).mean()) if one.shape == other.shape else 0.0


def _kept(output: NotebookNode, figures, shown: tuple[str, ...]) -> NotebookNode:
    """An output as text and tables alone; a picture as a reference to the figure that was saved of it."""
    if "data" not in output:
        return output
    if "image/png" in output.data:
        file = next(figures)
        is_shown = file is not None and file.parent.name in shown
        words = f"![](../{file.parent.name}/{file.name})" if is_shown else LEFT_OUT
        return NotebookNode(output, data={"text/markdown": words}, metadata={})
    return NotebookNode(output, data=_data(output.data) or {"text/markdown": LEFT_OUT}, metadata={})


def _data(data: dict[str, Any]) -> dict[str, Any]:
    """Text, Markdown and tables that show no picture; xarray's HTML, ten times its text, goes too."""
    kept = {kind: data[kind] for kind in ("text/plain", "text/markdown", "text/html") if kind in data}
    if "<table" not in kept.get("text/html", "") or "xr-wrap" in kept.get("text/html", ""):
        kept.pop("text/html", None)
    return {kind: content for kind, content in kept.items() if kind == "text/plain" or not PICTURE.search(content)}


def _metadata(had: NotebookNode) -> dict[str, Any]:
    """The kernel, and by which commit, when and with which parameters it ran."""
    ran, by = had.get("papermill", {}), had.get("mien", {})
    return {
        **{name: had[name] for name in ("kernelspec", "language_info") if name in had},
        "mien": {name: by[name] for name in ("commit", "dirty") if name in by},
        "papermill": {name: ran[name] for name in RAN if name in ran},
    }
