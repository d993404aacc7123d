"""One trial for each model, on a few faces of noise."""

import shutil

import numpy as np
import pytest
import xarray as xr
from keras_tuner import HyperParameters
from keras_tuner.engine.hyperparameters import Fixed
from sklearn.decomposition import PCA

from mien.engine import profiles, store
from mien.engine.paths import Paths
from mien.features import distances
from mien.models import dense, pretrained
from mien.training import search, trials

N = 40
pytestmark = pytest.mark.usefixtures("eagerly", "few_faces")


SMALL = {
    **dict.fromkeys(("width", "components"), 16),
    **dict.fromkeys(("channels", "regions", "map_channels", "units", "joint_units"), 8),
    "depth": 1,
}
"""Hyper-parameters of networks that learn in milliseconds."""


@pytest.fixture(scope="module")
def made(tmp_path_factory, noisy_meshes):
    """A home with what the notebooks before stage 40 make, of noise; two faces were not found."""
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 48, (N, 68, 2)).astype(np.float32)
    marked = rng.uniform(8, 40, (N, 15, 2))
    marked[::2, 4:] = np.nan
    pictures = {"image": (("face", "y", "x"), rng.integers(0, 256, (N, 48, 48), np.uint8))}
    made = {
        ("features", "crops_dlib68"): {"masked": (("face", "y", "x"), rng.integers(0, 256, (N, 48, 48), np.uint8))},
        ("faces", "faces"): pictures,
        ("faces", "keypoints"): {
            "image": (("face", "y", "x"), rng.integers(0, 256, (N, 96, 96), np.uint8)),  # as drawn ones beside them
            "keypoints": (("face", "point", "axis"), marked),
        },
        ("features", "aligned478"): noisy_meshes.data_vars,
    }
    for subset in ("all", "enm"):
        value = distances.pairwise(points, distances.pairs(subset))
        made["features", f"distances_{subset}"] = {"value": (("face", "feature"), value)}
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MIEN_HOME", str(home))
        for (stage, name), variables in made.items():
            store.save_dataset(xr.Dataset(variables, noisy_meshes.coords), Paths("smoke").dataset(stage, name))
    return home


def let_say(monkeypatch, **parameters):
    """Let the profile say other parameters of every notebook that has them."""
    plain = profiles.resolved

    def resolved(notebook, profile):
        given = plain(notebook, profile)
        return given | {name: value for name, value in parameters.items() if name in given}

    monkeypatch.setattr(profiles, "resolved", resolved)


@pytest.fixture
def data(made, monkeypatch):
    """These data; principal components are found in the way that is quick for so few faces."""
    monkeypatch.setenv("MIEN_HOME", str(made))
    let_say(monkeypatch, start="", teacher="", backbone="small", sampled=3)
    monkeypatch.setattr(dense, "PCA", lambda n, svd_solver: PCA(n, svd_solver="full"))


def of(model, epochs=1):
    return trials.of(model, "keypoints15" if model == "keypoint_resnet" else "emotion7", "smoke", epochs)


def small(model, **more):
    """Values of a small network of a model."""
    hp = HyperParameters()
    width = {"width": 64} if model == "resnet_face" else {}  # in much less the face backbone sees nothing
    for name, value in (SMALL | width | more).items():
        hp.Fixed(name, value)
    return hp


@pytest.mark.parametrize("model", trials.NETWORKS)
def test_a_trial_has_scores_and_its_rate_falls_to_zero_within_what_hyperband_gives_it(data, model):
    trial, hp = of(model, epochs=6), small(model)
    hp.values |= {"tuner/initial_epoch": 1, "tuner/epochs": 3}
    network = trial.build(hp)
    assert {"learning_rate", "weight_decay"} < {each.name for each in hp.space}
    assert network.optimizer.learning_rate > 0
    scores = trial.fit(hp, network, epochs=3, initial_epoch=1).history[trial.objective.name]
    assert len(scores) == 2
    assert np.isfinite(scores).all()
    assert float(network.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("model", "setting"), [("all", "units"), ("mesh_gnn", "units"), ("keypoint_resnet", "map_channels")]
)
def test_a_trial_is_of_the_values_that_are_asked_for(data, model, setting):
    trial = of(model)
    narrow, wide = (trial.build(small(model, **{setting: value})).count_params() for value in (8, 16))
    assert narrow < wide


@pytest.mark.parametrize("model", ["all", "mesh_gnn"])
def test_trials_of_the_same_values_are_the_same(data, model):
    trial = of(model)
    first, second = (trial.fit(hp := small(model), trial.build(hp)).history for _ in range(2))
    assert len(first["val_loss"]) == 1
    assert first["val_loss"] == pytest.approx(second["val_loss"], rel=1e-3)


def test_faces_that_were_not_found_teach_no_mesh(data):
    trial = of("mesh_gnn")
    assert len(trial.training.batches.pictures) == 25
    assert np.isfinite(trial.training.batches.pictures).all()
    assert len(trial.training.chooses[0]) == 13


def test_a_trial_is_taught_as_the_profile_says(data, monkeypatch):
    let_say(monkeypatch, teacher="small-emotion7")
    trial, hp = of("mesh_gnn"), HyperParameters()
    says, codes = trial.training.batches.labels, np.delete(np.arange(26) % 7, 3)
    np.testing.assert_allclose(says.sum(axis=1), 1, atol=1e-5)
    assert (says[np.arange(25), codes] >= 0.5).all()  # half of it is the label
    assert says[np.arange(25), codes].max() < 1
    trial.build(hp)
    assert hp.values["label_smoothing"] == 0
    assert trial.holds_for == {"teacher": "small-emotion7"}


@pytest.mark.parametrize("model", ["enm_images", "small", "keypoint_resnet"])
def test_what_only_costs_time_is_not_searched(data, model):
    fixed = {hp.name: hp.value for hp in search.space(of(model)).space if isinstance(hp, Fixed)}
    assert fixed == {"width": 48, "channels": 28}


def test_what_is_found_holds_for_such_a_training(data):
    assert of("enm_images").holds_for == {"backbone": "small"}
    assert of("small").holds_for == {"start": ""}


def test_drawn_faces_teach_keypoints_and_choose_nothing(data):
    training = of("keypoint_resnet").training
    assert len(training.batches.pictures) == 26 + 3
    assert np.isfinite(training.batches.labels[-3:, -15:]).all()
    assert len(training.chooses[0]) == 14


def test_pictures_go_on_from_a_network_that_ships(data, monkeypatch):
    let_say(monkeypatch, start="small-emotion7")
    trial, ships = of("small"), pretrained.load("small-emotion7")
    logits, says = (
        network.predict(trial.training.chooses[0], verbose=0) for network in (trial.build(HyperParameters()), ships)
    )
    np.testing.assert_array_equal(logits.argmax(axis=1), says.argmax(axis=1))


def test_keypoints_are_fine_tuned_from_what_the_network_that_ships_says(data, monkeypatch):
    let_say(monkeypatch, start="keypoints15", backbone="face")
    trial, ships = of("keypoint_resnet"), pretrained.load("keypoints15")
    begins, says = (
        network.predict(trial.training.chooses[0], verbose=0) for network in (trial.build(HyperParameters()), ships)
    )
    np.testing.assert_allclose(begins[:, :15], says, atol=0.5)  # pixels of 96: bfloat16 rounds


def test_copies_of_training_faces_score_nothing(data, made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("MIEN_HOME", str(tmp_path))
    path = Paths("smoke").dataset("features", "distances_all")
    features = store.open_dataset(path).load()
    group = features["group"].values.copy()
    group[35:38] = group[[0, 1, 1]]
    store.save_dataset(features.assign_coords(group=("face", group)), path)
    trial = of("all")
    assert len(trial.training.batches.pictures) == 2 * 26
    np.testing.assert_array_equal(trial.training.chooses[0], features["value"].values[[*range(26, 35), *range(38, 40)]])


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
        trials.of(model, target, "smoke", 1)


def test_missing_data_names_the_notebook_that_makes_them(home):
    with pytest.raises(FileNotFoundError, match="31_mesh_features"):
        of("mesh_gnn")
