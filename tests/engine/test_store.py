import errno
import io
import json
import subprocess
import sys
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest
import skops.io
import xarray as xr
from mord.threshold_based import LogisticAT
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from mien import training
from mien.engine import store


@pytest.fixture
def faces():
    names = np.array(["a", "Ωmega", ""], np.dtypes.StringDType())
    image = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    return xr.Dataset({"image": (("face", "y", "x"), image)}, {"id": ("face", names), "emotion": ("face", [0, 1, -1])})


def test_a_dataset_comes_back_as_it_was_without_a_warning(faces, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.save_dataset(faces, tmp_path / "faces.zarr")
        again = store.open_dataset(tmp_path / "faces.zarr").load()
    assert again.identical(faces)


def test_saving_again_replaces(faces, tmp_path):
    store.save_dataset(faces, tmp_path / "faces.zarr")
    store.save_dataset(faces.isel(face=[0]), tmp_path / "faces.zarr")
    assert store.open_dataset(tmp_path / "faces.zarr").sizes["face"] == 1


def test_what_fails_half_way_leaves_nothing_and_spares_what_was_there(tmp_path):
    target = tmp_path / "scores.json"
    store.save_json({"n": 1}, target)
    with pytest.raises(TypeError):
        store.save_json({"half": object()}, target)
    assert [path.name for path in tmp_path.iterdir()] == ["scores.json"]
    assert json.loads(target.read_text()) == {"n": 1}


def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "target.json").write_text("{}")
    for name, to in (("link.json", "target.json"), ("new.json", "later.json")):
        (tmp_path / name).symlink_to(to)
        store.save_json({"n": 1}, tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert json.loads((tmp_path / to).read_text()) == {"n": 1}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_of_the_file_that_was_asked_for(number, tmp_path):
    with pytest.raises(OSError) as failed, store.aside(tmp_path / "a.csv"):
        raise OSError(number, "no room")  # as writing does, which names no file
    assert (failed.value.errno, failed.value.filename) == (number, str(tmp_path / "a.csv"))


def test_what_cannot_be_written_is_named_as_it_was_asked_for(tmp_path):
    with pytest.raises(PermissionError) as failed, store.aside(tmp_path / "a.csv") as temporary:
        raise PermissionError(errno.EACCES, "not yours", str(temporary))
    assert failed.value.filename == str(tmp_path / "a.csv")


def test_an_error_of_another_file_stays_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError) as failed, store.aside(tmp_path / "a.csv"):
        (tmp_path / "other").read_bytes()
    assert failed.value.filename == str(tmp_path / "other")


@pytest.mark.parametrize("letter", ["b", "김"])
def test_a_name_may_be_as_long_as_the_file_system_takes(letter, tmp_path):
    path = tmp_path / f"{letter * (250 // len(letter.encode()))}.json"
    store.save_json({}, path)
    assert [*tmp_path.iterdir()] == [path]


def test_what_is_missing_is_named_with_the_notebook_that_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"faces.zarr is not there: run 10_extract_faces first"):
        store.open_dataset(tmp_path / "faces.zarr", "10_extract_faces")


def test_the_digest_of_a_folder_follows_names_and_contents(tmp_path):
    for name, content in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(content)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "other").write_text("x")
    a, b, c, d = (store.digest(tmp_path / name) for name in "abcd")
    assert a == b
    assert len({a, c, d}) == 3


def test_the_digest_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "empty").touch()
    assert store.digest(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def network():
    """A network with an integer among its weights: how many batches its normalisation has seen."""
    rows = np.random.default_rng(0).normal(5, 2, size=(16, 128)).astype(np.float32)
    normalisation = keras.layers.Normalization(name="scale")
    normalisation.adapt(rows)
    inputs = keras.Input((128,))
    model = keras.Model(inputs, keras.layers.Dense(1024, name="wide")(normalisation(inputs)))
    model.compile("adam", "mse")
    model.fit(rows, np.zeros((16, 1024)), verbose=0)
    return model


def datasets(path, part="layers"):
    """Name -> value and attributes of all that a `.keras` file holds of its layers or its optimizer."""
    found = {}
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file[part].visititems(
            lambda name, item: found.update({name: (item[()] if hasattr(item, "dtype") else None, dict(item.attrs))})
        )
    return found


def test_half_weights_open_in_full_precision_rounded_to_float16(network, tmp_path):
    store.save_model(network, tmp_path / "model.keras", half=True)
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert [weight.dtype for weight in again.weights] == [weight.dtype for weight in network.weights]
    for was, now in zip(network.get_weights(), again.get_weights(), strict=True):
        expected = was.astype(np.float16).astype(np.float32) if was.dtype == np.float32 else was
        assert now.tobytes() == expected.tobytes()


def test_half_weights_take_half_the_room(network, tmp_path):
    model = keras.Model(network.input, network.output)
    for half in (False, True):
        store.save_model(model, tmp_path / f"{half}.keras", half)
    ratio = (tmp_path / "True.keras").stat().st_size / (tmp_path / "False.keras").stat().st_size
    assert 0.5 < ratio < 0.52


def test_halving_changes_floats_and_nothing_else_of_the_layers(network, tmp_path):
    for half in (False, True):
        store.save_model(network, tmp_path / f"{half}.keras", half)
    whole, halved = (datasets(tmp_path / f"{half}.keras") for half in (False, True))
    assert halved.keys() == whole.keys()
    assert [halved[name][1] for name in whole] == [attributes for _, attributes in whole.values()]
    dtypes = {(whole[n][0].dtype.name, halved[n][0].dtype.name) for n in whole if whole[n][0] is not None}
    assert dtypes == {("float32", "float16"), ("int64", "int64")}


def test_halving_spares_the_optimizer(network, tmp_path):
    for half in (False, True):
        store.save_model(network, tmp_path / f"{half}.keras", half)
    whole, halved = (datasets(tmp_path / f"{half}.keras", "optimizer/vars") for half in (False, True))
    assert len(whole) == len(network.optimizer.variables)
    for name, (value, _) in whole.items():
        np.testing.assert_array_equal(halved[name][0], value, strict=True)


def test_halving_spares_bfloat16(tmp_path):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2, dtype="bfloat16")(inputs))
    store.save_model(model, tmp_path / "model.keras", half=True)
    again = store.open_model(tmp_path / "model.keras")
    assert {weight.dtype for weight in again.weights} == {"bfloat16"}
    assert again.get_weights()[0].tobytes() == model.get_weights()[0].tobytes()


def test_a_model_with_probabilities_is_saved_without_an_optimizer(network, tmp_path):
    store.save_model(training.with_probabilities(network, 2), tmp_path / "model.keras", half=True)
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert "optimizer" not in h5py.File(io.BytesIO(archive.read("model.weights.h5")))


def test_a_weight_beyond_float16_is_refused_with_its_layer_and_nothing_is_saved(network, tmp_path):
    kernel, bias = network.get_layer("wide").get_weights()
    kernel[3, 4] = -70_000
    network.get_layer("wide").set_weights([kernel, bias])
    with pytest.raises(ValueError, match=r"layer wide has a weight of 70,000, beyond float16's 65,504"):
        store.save_model(network, tmp_path / "model.keras", half=True)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def labelled():
    """Rows of three classes in an order."""
    rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    return rows, np.digitize(rows[:, 0], [-0.5, 0.5])


def calibrated_svm(rows, label):
    machine = FrozenEstimator(make_pipeline(StandardScaler(), SVC()).fit(rows, label))
    return CalibratedClassifierCV(machine, method="temperature").fit(rows, label)


def ordinal(rows, label):
    return make_pipeline(StandardScaler(), LogisticAT()).fit(rows, label)


@pytest.mark.parametrize("made", [calibrated_svm, ordinal])
def test_an_estimator_that_was_saved_gives_the_same_probabilities(made, labelled, tmp_path):
    estimator = made(*labelled)
    store.save_estimator(estimator, tmp_path / "model.skops")
    again = store.open_estimator(tmp_path / "model.skops")
    np.testing.assert_array_equal(again.predict_proba(labelled[0]), estimator.predict_proba(labelled[0]))


def test_an_estimator_that_could_not_be_opened_again_is_not_saved(labelled, tmp_path):
    forest = RandomForestClassifier(2).fit(*labelled)
    with pytest.raises(ValueError, match=r"forest.skops holds sklearn.tree._tree.Tree: only types"):
        store.save_estimator(forest, tmp_path / "forest.skops")
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_a_function_of_another_package_is_not_opened(tmp_path):
    skops.io.dump(FunctionTransformer(json.loads), tmp_path / "model.skops")
    with pytest.raises(ValueError, match=r"model.skops holds json.loads: only types"):
        store.open_estimator(tmp_path / "model.skops")


def test_an_estimator_that_is_missing_is_named_with_the_notebook_that_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model.skops is not there: run 44_train_mesh_svm first"):
        store.open_estimator(tmp_path / "model.skops", "44_train_mesh_svm")


def test_the_store_starts_without_keras_and_scikit_learn():
    loaded = (
        "import sys, mien.engine.store; print([name for name in ('keras', 'sklearn', 'skops') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stdout.strip() == "[]"


def test_half_a_file_of_json_is_named(tmp_path):
    (tmp_path / "scores.json").write_text('{"test": {"al')
    with pytest.raises(ValueError, match=r"scores.json is no whole JSON \(.+\): remove it, and run what writes it"):
        store.open_json(tmp_path / "scores.json")
