"""The picture of the flow: sampled faces on their way from raw data to scores, one row a stage."""

import io
import textwrap
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from PIL import Image

from mien.engine import paths, store
from mien.face_model import FaceModel
from mien.features import distances
from mien.inference import views
from mien.landmarks import dlib68, mediapipe478
from mien.models import pretrained
from mien.plots import flow as plots
from mien.publishing import claims
from mien.vocabulary import labels, topology

FILE = paths.REPOSITORY / "docs" / "flow.png"
"""The picture as it is committed, for README and the front page of a book."""

FACES = {"happy": 4, "surprise": 1, "angry": 6, "sad": 7, "disgust": 28, "neutral": 0}
"""Expression -> which of its first thirty sampled faces is shown: one that shows it, and is recognised."""

MODEL = "small-emotion7"
"""The model that ships whose evidence and answers are shown."""

STAGES = {
    "raw": "a line of fer2013.csv:\nan expression's code,\nthen grey levels",
    "faces": "48x48 pixels; these\npeople do not exist",
    "landmarks": "MediaPipe's 478 points,\ndlib's 68",
    "features": "distances that are longer\n(orange) or shorter (blue)\nthan in most faces",
    "models": "where the network\n{model} finds\nevidence (Grad-CAM),\nand what it answers",
    "evaluation": "{right:.1%} of {n:,} real test\nfaces are right; what it\ntakes each expression\nfor, 95 % interval",
}
"""Stage -> what is seen of it, with blanks for the network and what it gives."""

SHOWN, EACH = 28, 4
"""Distances of a face that are drawn, those furthest from the others', and how many of them may share a point."""

OTHERS = 12
"""Faces of each expression with which distances are compared."""


def write(path: Path = FILE) -> Path:
    """Draw the flow into a PNG file; gives it back."""
    with io.BytesIO() as buffer, store.aside(path) as temporary:
        figure().savefig(buffer)
        Image.open(buffer).convert("RGB").save(temporary, "PNG", optimize=True)  # a fifth smaller than with opacity
    return path


def figure() -> Figure:
    """The flow of six sampled faces; asks detectors and the model that ships, which takes half a minute."""
    model, codes = FaceModel.open(), [labels.EMOTIONS.index(name) for name in FACES]
    images = sampled(model, FACES)
    points, meshes = _points(images), mediapipe478.detect(_dataset(images))["points"].values[:, :, :2]
    pairs, deviations = _standing_out(points, model)
    heat, probabilities = _evidence(images)
    shares, intervals = _answers()
    raw = [_raw(image, code) for image, code in zip(images, codes, strict=True)]
    answers, chances = [labels.EMOTIONS[code] for code in probabilities.argmax(axis=1)], probabilities.max(axis=1)
    own = (
        FACES,
        raw,
        images,
        meshes,
        points,
        pairs,
        deviations,
        heat,
        answers,
        chances,
        shares[codes],
        intervals[codes],
    )
    faces = [plots.Face(*its) for its in zip(*own, strict=True)]
    every = _metrics()
    stages = {name: what.format(model=MODEL, right=every["accuracy"], n=every["n"]) for name, what in STAGES.items()}
    return plots.flow(faces, stages, labels.EMOTIONS, topology.mesh_edges(), topology.DLIB_LINES)


def sampled(model: FaceModel, chosen: Mapping[str, int | slice], size: int = 48) -> np.ndarray:
    """Some of the first thirty faces of expressions: (n, size, size) uint8."""
    faces = []
    for expression, which in chosen.items():
        parameters = model.sample(30, labels.EMOTIONS.index(expression), seed=0)
        faces.append(model.render(*(np.atleast_2d(values[which]) for values in parameters), size))
    return np.concatenate(faces)


def _dataset(images: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"image": (("face", "y", "x"), images)})


def _points(images: np.ndarray) -> np.ndarray:
    return dlib68.detect(_dataset(images))["points"].values


def _raw(image: np.ndarray, code: int) -> list[str]:
    """The beginning of a face's line in fer2013.csv: its code, then grey levels row by row."""
    levels = " ".join(str(level) for level in image.ravel()[:40])
    return textwrap.wrap(f"{code},{levels}", 14)[:6]


def _standing_out(points: np.ndarray, model: FaceModel) -> tuple[np.ndarray, np.ndarray]:
    """(face, shown, 2) pairs of points, and (face, shown) how many standard deviations from other faces' mean."""
    others = sampled(model, dict.fromkeys(labels.EMOTIONS, slice(OTHERS)))
    which = distances.pairs("enm")
    known = distances.pairwise(_points(others), which)
    deviations = (distances.pairwise(points, which) - known.mean(axis=0)) / known.std(axis=0)  # (face, pair)
    furthest = np.array([_spread(which, order) for order in np.argsort(-abs(deviations), axis=1)])
    return which[furthest], np.take_along_axis(deviations, furthest, axis=1)


def _spread(which: np.ndarray, order: np.ndarray) -> list[int]:
    """The first of some pairs, (pair, 2) in an order, of which no more than `EACH` have a point in common."""
    chosen, used = [], Counter()
    for pair in order:
        if max(used[point] for point in which[pair]) < EACH and len(chosen) < SHOWN:
            chosen.append(pair)
            used.update(which[pair].tolist())
    return chosen


def _evidence(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grad-CAM (face, y, x) of each face's answer, and probabilities (face, class)."""
    from mien.evaluation import saliency  # here: who wants the committed picture need not wait for Keras

    network, inputs = pretrained.load(MODEL), {"picture": images}
    probabilities = views.answers(network, inputs)
    return saliency.normalised(saliency.grad_cam(network, inputs, probabilities.argmax(axis=1))), probabilities


def _answers() -> tuple[np.ndarray, np.ndarray]:
    """Of published test faces of each expression: (7, 7) shares by answer, and (7, 2) the interval of those right."""
    confusion = np.array(_metrics()["confusion"])
    faces = confusion.sum(axis=1)
    ends = [claims.wilson(int(right), int(n)) for right, n in zip(confusion.diagonal(), faces, strict=True)]
    return confusion / faces[:, None], np.array(ends)


def _metrics() -> dict:
    """Of the published model, on all test faces."""
    return store.open_json(paths.published("fer2013") / "metrics" / f"{MODEL}.json")["test"]["all"]
