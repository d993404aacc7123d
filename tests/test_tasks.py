"""One trial for each model, on a few faces of noise."""

import numpy as np
import pytest
import xarray as xr
from keras_tuner import HyperParameters
from keras_tuner.engine.hyperparameters import Fixed

from mien import pretrained, profiles, store, tasks, tuning
from mien.features import distances
from mien.paths import Paths

N = 40


@pytest.fixture
def data(meshes):
    """What the notebooks before stage 40 make, of noise; two faces were not found."""
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 48, (N, 68, 2)).astype(np.float32)
    marked = rng.uniform(8, 40, (N, 15, 2))
    marked[::2, 4:] = np.nan
    made = {
        ("features", "crops_dlib68"): {"masked": (("face", "y", "x"), rng.integers(0, 256, (N, 48, 48), np.uint8))},
        ("faces", "fer2013"): {"image": (("face", "y", "x"), rng.integers(0, 256, (N, 48, 48), np.uint8))},
        ("faces", "keypoints"): {
            "image": (("face", "y", "x"), rng.integers(0, 256, (N, 48, 48), np.uint8)),
            "keypoints": (("face", "point", "axis"), marked),
        },
    }
    for subset in ("all", "enm"):
        value = distances.pairwise(points, distances.pairs(subset))
        made["features", f"distances_{subset}"] = {"value": (("face", "feature"), value)}
    for (stage, name), variables in made.items():
        store.save_dataset(xr.Dataset(variables, meshes.coords), Paths("smoke").dataset(stage, name))


def of(model, epochs=1):
    return tasks.of(model, "keypoints15" if model == "keypoint_resnet" else "emotion7", "smoke", epochs)


@pytest.mark.parametrize("model", tasks.TASKS)
def test_a_trial_of_the_defaults_has_a_score(data, model):
    task = of(model)
    hp = HyperParameters()
    assert np.isfinite(task.fit(hp, task.build(hp)).history[task.objective.name]).all()
    assert {"learning_rate", "weight_decay"} < {each.name for each in hp.space}


@pytest.mark.parametrize(
    ("model", "setting"), [("all", "units"), ("mesh_gnn", "units"), ("keypoint_resnet", "map_channels")]
)
def test_a_trial_is_of_the_values_that_are_asked_for(data, model, setting):
    narrow, wide = HyperParameters(), HyperParameters()
    narrow.Fixed(setting, 32)
    wide.Fixed(setting, 128)
    task = of(model)
    assert task.build(narrow).count_params() < task.build(wide).count_params()


@pytest.mark.parametrize("model", ["all", "mesh_gnn"])
def test_trials_of_the_same_values_are_the_same(data, model):
    task = of(model)
    first, second = (task.fit(hp := HyperParameters(), task.build(hp)).history for _ in range(2))
    assert first["val_loss"] == pytest.approx(second["val_loss"], rel=1e-3)


@pytest.mark.parametrize("model", tasks.TASKS)
def test_the_rate_falls_to_zero_within_what_hyperband_gives_a_trial(data, model):
    task, hp = of(model, epochs=6), HyperParameters()
    hp.values |= {"tuner/initial_epoch": 1, "tuner/epochs": 3}
    network = task.build(hp)
    assert network.optimizer.learning_rate > 0
    task.fit(hp, network, epochs=3, initial_epoch=1)
    assert float(network.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


def test_faces_that_were_not_found_teach_no_mesh(data):
    task = of("mesh_gnn")
    assert len(task.data["x"].pictures) == 25
    assert np.isfinite(task.data["x"].pictures).all()
    assert len(task.data["validation_data"][0]) == 13


def test_a_trial_is_taught_as_the_profile_says(data, monkeypatch):
    plain = profiles.resolved
    monkeypatch.setattr(profiles, "resolved", lambda *of: plain(*of) | {"teacher": "small-emotion7"})
    task, hp = of("mesh_gnn"), HyperParameters()
    says, codes = task.data["x"].labels, np.delete(np.arange(26) % 7, 3)
    np.testing.assert_allclose(says.sum(axis=1), 1, atol=1e-5)
    assert (says[np.arange(25), codes] >= 0.5).all()  # half of it is the label
    assert says[np.arange(25), codes].max() < 1
    task.build(hp)
    assert hp.values["label_smoothing"] == 0
    assert task.holds_for == {"teacher": "small-emotion7"}


@pytest.mark.parametrize("model", ["enm_images", "small", "keypoint_resnet"])
def test_what_only_costs_time_is_not_searched(data, model):
    fixed = {hp.name: hp.value for hp in tuning.space(of(model)).space if isinstance(hp, Fixed)}
    assert fixed == {"width": 48, "channels": 28}


def test_what_is_found_holds_for_such_a_training(data):
    assert of("enm_images").holds_for == {"backbone": "small"}
    assert of("small").holds_for == {"start": "", "teacher": ""}


def test_pictures_go_on_from_a_network_that_ships(data, monkeypatch):
    plain = profiles.resolved
    monkeypatch.setattr(profiles, "resolved", lambda *of: plain(*of) | {"start": "small-emotion7"})
    network = of("small").build(HyperParameters())
    ships = pretrained.load("small-emotion7")
    np.testing.assert_array_equal(network.get_layer("stem").get_weights()[0], ships.get_layer("stem").get_weights()[0])


def test_copies_of_training_faces_score_nothing(data):
    path = Paths("smoke").dataset("features", "distances_all")
    features = store.open_dataset(path).load()
    group = features["group"].values.copy()
    group[35:38] = group[[0, 1, 1]]
    store.save_dataset(features.assign_coords(group=("face", group)), path)
    task = of("all")
    assert len(task.data["x"]) == 2 * 26
    np.testing.assert_array_equal(
        task.data["validation_data"][0], features["value"].values[[*range(26, 35), *range(38, 40)]]
    )


@pytest.mark.parametrize(
    ("model", "target", "message"),
    [
        ("al", "happy", "no search for 'al': there are all, enm, enm_images, small, resnet_face"),
        ("all", "keypoints15", "all has no target 'keypoints15': it has emotion7"),
        ("keypoint_resnet", "happy", "keypoint_resnet has no target 'happy': it has keypoints15"),
    ],
)
def test_what_there_is_not_is_refused(home, model, target, message):
    with pytest.raises(ValueError, match=message):
        tasks.of(model, target, "smoke", 1)


def test_missing_data_names_the_notebook_that_makes_them(home):
    with pytest.raises(FileNotFoundError, match="31_mesh_features"):
        of("mesh_gnn")
