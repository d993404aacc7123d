"""A search for each machine, on a few faces of noise."""

import numpy as np
import pytest
import xarray as xr

from mien import machines, store
from mien.paths import Paths
from mien.topology import BLENDSHAPES

N = 40


@pytest.fixture
def data(home):
    """Meshes and blendshapes of noise; two faces were not found, and one that validates is a copy."""
    rng = np.random.default_rng(0)
    faces = {
        "emotion": ("face", np.arange(N) % 7),
        "split": ("face", np.array(["train"] * 26 + ["validation"] * 14, object)),
        "group": ("face", np.where(np.arange(N) == 35, 0, np.arange(N))),
    }
    points = rng.normal(size=(N, 478, 3)).astype(np.float32)
    points[[3, 30]] = np.nan
    mesh = xr.Dataset({"points": (("face", "point", "axis"), points)}, faces)
    mesh["detected"] = ("face", np.isfinite(points).all(axis=(1, 2)))
    scores = rng.uniform(size=(N, len(BLENDSHAPES))).astype(np.float32)
    store.save_dataset(mesh, Paths("smoke").dataset("landmarks", "aligned478"))
    found = xr.Dataset({"blendshape": (("face", "name"), scores)}, faces)
    store.save_dataset(found, Paths("smoke").dataset("landmarks", "mediapipe478"))


@pytest.mark.parametrize("model", machines.MACHINES)
def test_a_machine_is_searched_on_new_faces_that_were_found(data, model):
    machine = machines.of(model, "emotion7", "smoke", faces=20)
    assert len(machine.x) == 20 + 12
    assert machine.validation.sum() == 12
    machine.ranges.update({name: [2, 3] for name in machine.ranges if name.endswith("__n")})
    found = machines.search(machine, trials=3)
    assert len(found) == 3
    assert found["score"].between(0, 1).all()
    assert (found.drop(columns="score").nunique() > 1).any()


def test_the_score_is_of_validation_faces(data):
    machine = machines.of("blendshape_svm", "happy", "smoke")
    values = {"columntransformer__blendshape__components__n": 5, "pairwisesvc__C": 2.0, "pairwisesvc__gamma": 0.5}
    found = machines.search(machine._replace(ranges={name: [value] for name, value in values.items()}), trials=1)
    taught = machine.estimator.set_params(**values).fit(machine.x[~machine.validation], machine.y[~machine.validation])
    right = taught.predict(machine.x[machine.validation]) == machine.y[machine.validation]
    assert found["score"].tolist() == pytest.approx([right.mean()])
    assert {*found.columns} == {"score", "blendshape components", "C", "gamma"}


def test_missing_data_names_the_notebook_that_makes_them(home):
    with pytest.raises(FileNotFoundError, match="31_mesh_features"):
        machines.of("mesh_svm", "emotion7", "smoke")
