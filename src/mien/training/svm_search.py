"""Searches for the parameters of support vector machines, by scikit-learn: on validation faces alone, too."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import loguniform
from sklearn.base import BaseEstimator
from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV

from mien.engine import store
from mien.engine.paths import Paths
from mien.faces.table import measured
from mien.models import svm
from mien.training import recipes

MACHINES = {
    "mesh_svm": ("mesh",),
    "mesh_blendshape_svm": ("mesh", "blendshape"),
    "mesh_distances_svm": ("mesh", "distances"),
    "distances_svm": ("distances",),
    "blendshape_svm": ("blendshape",),
}
"""Model -> what it is given, see notebooks 44 and 46."""

PLACES = {
    "mesh": ("features", "aligned478", "points", "31_mesh_features"),
    "blendshape": ("landmarks", "mediapipe478", "blendshape", "20_landmarks"),
    "distances": ("features", "distances_all", "value", "30_distance_features"),
}
"""What it may be given -> stage, data set and variable, and the notebook that makes them."""


class Machine(NamedTuple):
    """An estimator, what may be searched of it, and faces that teach and score.

    Attributes:
        estimator: not fitted; its parameters are the defaults, see `svm.build`.
        ranges: parameter -> values, or a distribution of `scipy.stats`.
        x: (face, column).
        y: (face,) class indices.
        validation: (face,) bool; the others teach.
    """

    estimator: BaseEstimator
    ranges: Mapping[str, Any]
    x: np.ndarray
    y: np.ndarray
    validation: np.ndarray


def of(model: str, target: str, profile: str, faces: int = 0, seed: int = 0) -> Machine:
    """What is searched for a support vector machine.

    Args:
        model: a key of `MACHINES`.
        target: a key of `labels.TARGETS`.
        profile: whose data; the notebooks of `PLACES` have made them.
        faces: that teach, drawn at random; 0: all.
        seed: of the draw.

    Raises:
        FileNotFoundError: with the notebook that makes what is missing.
    """
    columns = {}
    for block in MACHINES[model]:
        stage, kept, variable, notebook = PLACES[block]
        opened = store.open_dataset(Paths(profile).dataset(stage, kept), notebook)
        columns[block] = opened[variable].values
    rows = recipes.rows(opened, target, measured(columns))
    taught = np.random.default_rng(seed).permutation(np.flatnonzero(rows.train))[: faces or None]
    used = np.concatenate([taught, np.flatnonzero(rows.validation)])
    ranges = {f"columntransformer__{block}__components__n": [25, 50, 100, 150] for block in columns}
    ranges |= {"pairwisesvc__C": loguniform(0.3, 30), "pairwisesvc__gamma": loguniform(0.2, 5)}
    widths = {block: values[0].size for block, values in columns.items()}
    return Machine(
        svm.build(widths), ranges, svm.table(columns)[used], rows.code[used], np.arange(len(used)) >= len(taught)
    )


def search(machine: Machine, trials: int, seed: int = 0) -> pd.DataFrame:
    """Search at random.

    Args:
        machine: see `of`.
        trials: how many.
        seed: of the search.

    Returns:
        As `search.table` gives them; the score is the accuracy on validation faces.
    """
    split = PredefinedSplit(np.where(machine.validation, 0, -1))
    ranges = dict(machine.ranges)
    found = RandomizedSearchCV(machine.estimator, ranges, n_iter=trials, cv=split, refit=False, random_state=seed)
    results = found.fit(machine.x, machine.y).cv_results_
    values = pd.DataFrame(results["params"]).rename(columns=_short)
    return pd.concat([pd.Series(results["mean_test_score"], name="score"), values], axis=1)


def _short(parameter: str) -> str:
    """`columntransformer__mesh__components__n` -> `mesh components`, `pairwisesvc__C` -> `C`."""
    return parameter.split("__", 1)[1].removesuffix("__n").replace("__", " ")
