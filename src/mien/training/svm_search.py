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
from mien.models import svm
from mien.training import recipes

MACHINES = {"mesh_svm": ("mesh",), "mesh_blendshape_svm": ("mesh", "blendshape"), "blendshape_svm": ("blendshape",)}
"""Model -> what it is given, see notebooks 44 and 46."""


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
        profile: whose data; notebooks 20 and 31 have made them.
        faces: that teach, drawn at random; 0: all.
        seed: of the draw.

    Raises:
        FileNotFoundError: with the notebook that makes what is missing.
    """
    where = Paths(profile)
    meshes = store.open_dataset(where.dataset("features", "aligned478"), "31_mesh_features")
    found = store.open_dataset(where.dataset("landmarks", "mediapipe478"), "20_landmarks")
    columns = {"mesh": meshes["points"].values, "blendshape": found["blendshape"].values}
    columns = {block: columns[block] for block in MACHINES[model]}
    rows = recipes.rows(meshes, target, meshes["detected"].values)
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
