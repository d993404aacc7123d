"""Make the built-in sample as hard to read as FER2013: fit its dials to the figures of the published run.

python benchmarks/sample_dials.py        writes src/mien/sources/sampled_fer2013.json

Each dial moves one figure one way, so each is found by bisection, in this order: how much spoils the pictures (faces
that dlib finds), how far expressions differ in shape (what MediaPipe's mesh and blendshapes tell), and in appearance
(what a network of pixels tells that ships, once its last layer has learned from the sample). No real face is looked at.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import keras
import numpy as np
import xarray as xr
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mien import paths, pretrained, store
from mien.face_model import FaceModel
from mien.landmarks import dlib68, mediapipe478
from mien.landmarks.alignment import align
from mien.models import svm
from mien.sources import fer2013, sampled_fer2013
from mien.sources.sampled_fer2013 import DIALS, Dials

FACES, ASKED = 2400, 1200  # drawn as the sample's, and of them those that are asked: only noise separates splits here
FOUND = 400  # asked of dlib's detector, at 20 ms each
STEPS = 5  # of a bisection
START = Dials(shape=1.4, appearance=2.4, spread=0.8, nuisances=0.6)
BOUNDS = {"nuisances": (0.2, 1.2), "shape": (0.6, 2.4), "appearance": (0.6, 4.0)}


def published(name: str, what: str, part: str = "all") -> float:
    """A figure of FER2013's test faces."""
    file = paths.REPOSITORY / "reports" / "published" / "fer2013" / "metrics" / f"{name}.json"
    return store.open_json(file)["test"][part][what]


@cache
def drawn(dials: Dials) -> xr.Dataset:
    """Faces as the sample has them, tagged and copied."""
    with tempfile.TemporaryDirectory() as folder:
        sampled_fer2013.write(Path(folder), FaceModel.open(), FACES, 7, dials)
        return fer2013.read(Path(folder))


def found(dials: Dials) -> float:
    """Share of faces that dlib finds."""
    return float(dlib68.detect(drawn(dials).isel(face=slice(0, FOUND)))["detected"].mean())


@cache
def meshes(dials: Dials) -> xr.Dataset:
    return mediapipe478.detect(drawn(dials))


def by_landmarks(dials: Dials) -> float:
    """Accuracy of the mesh and blendshapes on all faces; those without get the commonest class."""
    mesh, label = meshes(dials), drawn(dials)["emotion"].values
    columns = {"mesh": align(mesh, "eyes")["points"].values, "blendshape": mesh["blendshape"].values}
    x, seen = svm.table(columns), mesh["detected"].values
    taught = seen & (np.arange(FACES) >= ASKED)
    widths = {name: values[0].size for name, values in columns.items()}
    model = svm.build(widths, 50).fit(x[taught], label[taught])
    answers = np.full(FACES, np.bincount(label).argmax())
    answers[seen] = model.predict(x[seen])
    return float((answers == label)[:ASKED].mean())


@cache
def _trunk() -> keras.Model:
    whole = pretrained.load("small-emotion7")
    pooled = next(layer for layer in whole.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D))
    return keras.Model(whole.input, pooled.output)


def by_pixels(dials: Dials) -> float:
    """Accuracy of the small network that ships, its last layer learned anew."""
    faces = drawn(dials)
    x, label = _trunk().predict(faces["image"].values[..., None], verbose=0), faces["emotion"].values
    last = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)).fit(x[ASKED:], label[ASKED:])
    return float(last.score(x[:ASKED], label[:ASKED]))


def fitted(dials: Dials, name: str, measure: Callable[[Dials], float], wanted: float) -> Dials:
    """The dials with one of them turned until its figure is the wanted one."""
    low, high = BOUNDS[name]
    rises = name != "nuisances"
    for _ in range(STEPS):
        middle = replace(dials, **{name: round((low + high) / 2, 3)})
        value = measure(middle)
        print(f"{name} {getattr(middle, name):.3f}: {value:.3f}, wanted {wanted:.3f}", flush=True)
        if (value < wanted) == rises:
            low = getattr(middle, name)
        else:
            high = getattr(middle, name)
    return replace(dials, **{name: round((low + high) / 2, 3)})


def main() -> None:
    figures = {
        "dlib finds": ("nuisances", found, published("all-emotion7", "coverage")),
        "mesh and blendshapes tell": ("shape", by_landmarks, published("mesh_blendshape_svm-emotion7", "accuracy")),
        "the small network tells": ("appearance", by_pixels, published("small-emotion7", "accuracy")),
    }
    dials = START
    for name, measure, wanted in figures.values():
        dials = fitted(dials, name, measure, wanted)
    reached = {what: [round(wanted, 3), round(measure(dials), 3)] for what, (_, measure, wanted) in figures.items()}
    coverage = published("mesh_blendshape_svm-emotion7", "coverage")
    reached["MediaPipe finds"] = [round(coverage, 3), round(float(meshes(dials)["detected"].mean()), 3)]
    store.save_json({"dials": asdict(dials), "fitted to FER2013's and reached": reached}, DIALS)
    print(DIALS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
