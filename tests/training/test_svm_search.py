"""A search for each machine, on a few faces of noise."""

import numpy as np
import pytest
import xarray as xr

from mien.engine import store
from mien.engine.paths import Paths
from mien.training import svm_search
from mien.vocabulary.topology import BLENDSHAPES


@pytest.fixture
def data(meshes):
    """The meshes, one that validates now a copy; blendshapes and distances of noise, where there is a mesh."""
    group = meshes["group"].values.copy()
    group[35] = group[0]
    meshes = meshes.assign_coords(group=("face", group))
    store.save_dataset(meshes, Paths("smoke").dataset("features", "aligned478"))
    scores = np.random.default_rng(1).uniform(size=(len(group), len(BLENDSHAPES))).astype(np.float32)
    scores[~meshes["detected"].values] = np.nan
    found = xr.Dataset({"blendshape": (("face", "name"), scores)}, meshes.coords)
    store.save_dataset(found, Paths("smoke").dataset("landmarks", "mediapipe478"))
    distances = xr.Dataset({"value": (("face", "feature"), scores[:, ::2])}, meshes.coords)
    store.save_dataset(distances, Paths("smoke").dataset("features", "distances_all"))


@pytest.mark.parametrize("model", svm_search.MACHINES)
def test_a_machine_is_searched_on_new_faces_that_were_found(data, model):
    machine = svm_search.of(model, "emotion7", "smoke", faces=20)
    assert len(machine.x) == 20 + 12
    assert machine.validation.sum() == 12
    machine.ranges.update({name: [2, 3] for name in machine.ranges if name.endswith("__n")})
    found = svm_search.search(machine, trials=3)
    assert len(found) == 3
    assert found["score"].between(0, 1).all()
    assert (found.drop(columns="score").nunique() > 1).any()


def test_the_score_is_of_validation_faces(data):
    machine = svm_search.of("blendshape_svm", "happy", "smoke")
    values = {"columntransformer__blendshape__components__n": 5, "pairwisesvc__C": 2.0, "pairwisesvc__gamma": 0.5}
    found = svm_search.search(machine._replace(ranges={name: [value] for name, value in values.items()}), trials=1)
    taught = machine.estimator.set_params(**values).fit(machine.x[~machine.validation], machine.y[~machine.validation])
    right = taught.predict(machine.x[machine.validation]) == machine.y[machine.validation]
    assert found["score"].tolist() == pytest.approx([right.mean()])
    assert {*found.columns} == {"score", "blendshape components", "C", "gamma"}


def test_missing_data_names_the_notebook_that_makes_them(home):
    with pytest.raises(FileNotFoundError, match="31_mesh_features"):
        svm_search.of("mesh_svm", "emotion7", "smoke")
