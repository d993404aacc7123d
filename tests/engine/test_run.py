import json

import keras
import numpy as np
import pytest
import xarray as xr
from sklearn.svm import SVC

from mien.engine import store
from mien.engine.run import Run
from mien.plots import style


@pytest.fixture
def run(home):
    return Run("30_distance_features", "fer2013", seed=3, subset="enm")


def test_provenance_says_what_made_an_artefact(run):
    faces = xr.Dataset({"image": (("face", "y", "x"), np.zeros((2, 4, 4), np.uint8))})
    path = run.save(faces, "faces", "faces")
    run.faces()
    figure, _ = style.figure("nothing")
    beside = run.save_figure(figure, "empty")
    provenance = json.loads(beside.with_name(f"{beside.name}.provenance.json").read_text())
    assert provenance["notebook"] == "30_distance_features"
    assert provenance["parameters"] == {"profile": "fer2013", "seed": 3, "subset": "enm"}
    assert provenance["inputs"] == {"faces.zarr": store.digest(path)}
    assert {"commit", "dirty", "lock", "packages", "machine", "seconds", "peak_memory_mib"} <= set(provenance)


def test_pages_and_figures_of_drawn_faces_say_that_they_are_synthetic(run, home, capsys):
    figure, _ = style.figure("Half of them smile")
    run.save_figure(figure, "smiles")
    assert figure.get_suptitle() == "Half of them smile"  # real faces
    Run("10_extract_faces", "smoke").save_figure(figure, "smiles")
    assert figure.get_suptitle() == "Half of them smile (synthetic faces)"
    assert capsys.readouterr().out == "The faces of the profile smoke are synthetic: drawn, and nobody's.\n"


def test_metrics_are_named_after_model_and_target_and_carry_their_provenance(run, home):
    path = run.save_metrics({"model": "enm", "target": "happy"})
    assert path == home / "reports" / "fer2013" / "metrics" / "enm-happy.json"
    assert json.loads(path.read_text())["provenance"]["notebook"] == "30_distance_features"


def test_provenance_names_no_folder_of_the_machine(run, home):
    file = home / "raw.csv"
    file.write_text("x")
    run.reads(file)
    assert str(home) not in json.dumps(run.provenance())


def test_what_a_training_resumes_from_depends_on_parameters_and_inputs_and_goes_when_the_model_is_saved(run, home):
    folder = run.checkpoints("small-happy")
    assert folder == run.checkpoints("small-happy") != run.checkpoints("small-emotion7")
    assert folder != Run("30_distance_features", "fer2013", seed=4, subset="enm").checkpoints("small-happy")
    (home / "faces.csv").write_text("x")
    again = Run("30_distance_features", "fer2013", seed=3, subset="enm")
    again.reads(home / "faces.csv")
    assert folder != again.checkpoints("small-happy")
    folder.mkdir(parents=True)
    inputs = keras.Input((2,))
    run.save_model(keras.Model(inputs, keras.layers.Dense(1)(inputs)), "small-happy")
    assert not folder.exists()


def test_a_model_is_opened_in_the_form_in_which_it_was_saved(run):
    rows, label = np.eye(4), np.array([0, 0, 1, 1])
    svm = SVC(C=3).fit(rows, label)
    saved = run.save_estimator(svm, "mesh_svm-happy", target="happy", params=4)
    assert run.open_model("mesh_svm-happy", "44_train_mesh_svm").C == 3
    assert run.inputs == {"mesh_svm-happy.skops": store.digest(saved)}
    record = run.open_record("mesh_svm-happy", "44_train_mesh_svm")
    assert record["params"] == 4
    assert record["provenance"]["notebook"] == "30_distance_features"
    inputs = keras.Input((2,))
    run.save_model(keras.Model(inputs, keras.layers.Dense(1)(inputs)), "small-happy")
    assert run.open_model("small-happy", "43_train_pixels").input_shape == (None, 2)
