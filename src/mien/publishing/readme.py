"""Fills README.md and docs/ with tables and claims of committed metrics, and draws README's pictures."""

import re
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mien.engine import exits, paths, store
from mien.face_model import FaceModel
from mien.inference import Predictor, overlay
from mien.models import pretrained
from mien.publishing import claims, flow, models, networks, page, scores, tables

SIZE, ROOM, PAPER = 192, ((40, 12), (16, 152)), 245
"""Of a face in the picture: its width; above and below, left and right of it, in pixels; grey level of the rest."""

MARKED = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)

TABLES = {
    "findings": claims.listed,
    "emotion7": lambda run: scores.expressions(run / "metrics", "emotion7"),
    "emotion5": lambda run: scores.expressions(run / "metrics", "emotion5"),
    "happy": lambda run: scores.expressions(run / "metrics", "happy"),
    "happy_f1": tables.happy,
    "keypoints": lambda run: tables.keypoints(pretrained.scores(pretrained.KEYPOINTS)),
    "travel": tables.travel,
    "gains": tables.gains,
    "seeds": tables.seeds,
    "networks": lambda run: tables.networks(),
    "dials": lambda run: tables.dials(),
    "openings": tables.opened,
}
"""Name of a table, in `<!-- table: name -->` -> what writes it from a published run."""


def filled(text: str) -> str:
    """A page with its tables, between `<!-- table: name -->` and `<!-- end -->`, as the committed metrics have them."""
    return MARKED.sub(lambda match: match[1] + match[2] + TABLES[match[1]](paths.published("fer2013")), text)


def pages() -> list[Path]:
    """README.md and docs/."""
    return [paths.REPOSITORY / "README.md", *sorted((paths.REPOSITORY / "docs").glob("*.md"))]


def picture() -> np.ndarray:
    """Six faces, drawn from the face model, in two rows, with room for what is said of them: (height, width) uint8."""
    cells = [np.pad(face, ROOM, constant_values=PAPER) for face in flow.sampled(FaceModel.open(), flow.FACES, SIZE)]
    return np.vstack([np.hstack(cells[:3]), np.hstack(cells[3:])])


def annotated(image: np.ndarray) -> np.ndarray:
    """What `mien predict --save` draws on a gray picture: (height, width, 3) uint8 RGB."""
    predictor = Predictor.open()
    return overlay.annotated(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), predictor.predict(image), predictor.classes)


def main() -> None:
    """Draw the pictures, fill the pages, and write those of the published runs and the cards of networks."""
    docs = paths.of_clone("docs")
    drawn = picture()
    for image, name in ((drawn, "faces.png"), (annotated(drawn), "faces-annotated.png")):
        with store.aside(docs / name) as temporary:
            Image.fromarray(image).save(temporary, optimize=True)
    flow.write()
    for folder in (path for path in paths.published("").iterdir() if path.is_dir()):
        page.write(folder, folder.name)
    networks.write()
    models.renew()
    for file in pages():
        text = filled(file.read_text(encoding="utf-8"))
        with store.aside(file) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    print(f"README.md and {len(pages()) - 1} pages of docs/ have the tables of reports/published/fer2013")


if __name__ == "__main__":
    exits.run(main)
