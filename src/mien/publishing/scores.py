"""The scores of a folder of metrics, and tables of them in Markdown."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from mien.engine import store

FAMILIES = {
    "pixels": {
        "ensemble_teachers": "mean of the teachers that validation liked best, ten views",
        "resnet_face_tencrop": "{student}, on dlib's face recogniser, ten views",
        "resnet_face": "{student}, on dlib's face recogniser",
        "small_tencrop": "{student}, small, ten views",
        "small": "{student}, small",
    },
    "pixels and landmarks": {"enm_images": "eyes, nose, mouth: pictures and distances"},
    "landmarks": {
        "ensemble": "mean of landmark models",
        "mesh_distances_svm": "MediaPipe's mesh and dlib's 2,278 distances, SVM",
        "distances_svm": "2,278 distances of dlib's 68 points, SVM",
        "mesh_blendshape_svm": "MediaPipe's mesh and 52 blendshapes, SVM",
        "all": "2,278 distances of dlib's 68 points, dense network",
        "enm": "1,275 distances of eyes, nose, mouth, dense network",
        "mesh_svm": "MediaPipe's mesh, SVM",
        "mesh_gnn": "MediaPipe's mesh, graph network",
        "blendshape_svm": "MediaPipe's 52 blendshapes, SVM",
    },
    "landmarks, taught by pixels": {
        "ensemble_taught": "mean of landmark models, the graph network taught by a network of pixels",
        "mesh_gnn_taught": "MediaPipe's mesh, graph network taught by a network of pixels",
    },
}
"""Family -> model, as its metrics are named -> what it is, for people."""

TITLES = {"emotion7": "Seven expressions", "happy": "Happy or not", "emotion5": "Five expressions"}
"""Targets that have a table, and what they are for people."""

MEASURED = ("accuracy, all", "unseen", "detected", "coverage", "balanced accuracy", "macro F1", "ECE")
"""What tables give of a model."""

STUDENTS = {"fer2013": "student of the six"}
"""Profile -> what its networks of pictures are; of others they learn from labels."""


class Scored(NamedTuple):
    """A model, its family, what it is for people, and its scores: view (`all`, `clean`, `detected`) -> measures."""

    model: str
    family: str
    name: str
    test: dict


def expressions(folder: Path, target: str) -> str:
    """All models of a target: families apart, the best first."""
    rows = [[family, f"{name} (`{model}`)", *measured(test)] for model, family, name, test in scored(folder, target)]
    return table(["from", "model", *MEASURED], rows)


def measured(test: dict) -> list[str]:
    """The cells of a model under `MEASURED`."""
    views = [interval(test.get(view)) for view in ("all", "clean", "detected")]
    others = [f"{test['all'][measure]:.3f}" for measure in ("balanced_accuracy", "macro_f1", "ece")]
    return [*views, share(test["all"]), *others]


def spreads(folder: Path, target: str, view: str = "all") -> dict[str, str]:
    """Model trained from several seeds -> mean and standard deviation of its accuracy, e.g. `0.716 ± 0.008`."""
    found = {}
    for model, *_ in scored(folder, target):
        files = seeds(folder, model, target)
        if len(files) > 1:
            values = [store.open_json(file)["test"][view]["accuracy"] for file in files]
            found[model] = f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"
    return found


def seeds(folder: Path, model: str, target: str) -> list[Path]:
    """The metrics of a model, then those from further seeds."""
    return [folder / f"{model}-{target}.json", *sorted(folder.glob(f"{model}_seed[0-9]*-{target}.json"))]


def scored(folder: Path, target: str) -> list[Scored]:
    """What was scored for a target: the best family first, and in it the best model.

    Args:
        folder: of metrics.
        target: e.g. `emotion7`.
    """
    families = []
    for family, names in FAMILIES.items():
        files = {model: folder / f"{model}-{target}.json" for model in names}
        rows = [_scored(file, family, names[model]) for model, file in files.items() if file.exists()]
        families.append(sorted(rows, key=_accuracy, reverse=True))
    families = sorted(filter(None, families), key=lambda rows: _accuracy(rows[0]), reverse=True)
    return [row for rows in families for row in rows]


def _scored(file: Path, family: str, name: str) -> Scored:
    metrics = store.open_json(file)
    student = STUDENTS.get(metrics["provenance"]["parameters"]["profile"], "network")
    return Scored(metrics["model"], family, name.format(student=student), metrics["test"])


def _accuracy(row: Scored) -> float:
    return row.test["all"]["accuracy"]


def table(names: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def interval(view: dict | None, measure: str = "accuracy", digits: int = 3) -> str:
    """A measure with its 95 % interval, or a dash where there is none, e.g. `0.706 (0.691–0.721)`."""
    if not view or not view["n"]:
        return "–"
    low, high = view[f"{measure}_ci95"]
    return f"{view[measure]:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def share(view: dict) -> str:
    """The share of faces with landmarks, e.g. `79.4%`."""
    return f"{view['coverage']:.1%}"
