import json

import keras
import numpy as np
import pytest
import xarray as xr
from sklearn.svm import SVC

from mien.engine import openings, paths, store
from mien.engine.run import Run
from mien.plots import style

FACES = xr.Dataset({"image": (("face", "y", "x"), np.zeros((2, 4, 4), np.uint8))})


def started(notebook: str = "50_evaluation", profile: str = "fer2013", **values) -> Run:
    return Run(notebook, {"profile": profile, **values})


def small_network() -> keras.Model:
    inputs = keras.Input((2,))
    return keras.Model(inputs, keras.layers.Dense(1)(inputs))


@pytest.fixture
def run(home):
    return started("30_distance_features", seed=3, subset="enm")


def test_provenance_says_what_made_an_artefact(run):
    path = started("10_extract_faces").save(FACES, "faces", "faces")
    run.faces()
    figure, _ = style.figure("nothing")
    beside = run.save_figure(figure, "empty")
    provenance = json.loads(beside.with_name(f"{beside.name}.provenance.json").read_text())
    assert provenance["notebook"] == "30_distance_features"
    assert provenance["parameters"] == {"profile": "fer2013", "seed": 3, "subset": "enm"}
    assert provenance["inputs"] == {"data/fer2013/faces/faces.zarr": store.digest(path)}
    assert {"commit", "dirty", "code", "lock", "packages", "machine", "seconds"} <= set(provenance)


def test_parameters_are_those_that_the_notebook_declares_with_the_values_of_now(home):
    of_the_notebook = {"profile": "smoke", "subset": "enm", "pd": "a module", "target": "no parameter of this notebook"}
    assert Run("30_distance_features", of_the_notebook).parameters == {"profile": "smoke", "subset": "enm", "seed": 0}
    assert Run("30_distance_features", of_the_notebook, pairs=3).parameters["pairs"] == 3


def test_an_unknown_profile_is_refused(home):
    with pytest.raises(ValueError, match="unknown profile 'fer'"):
        started(profile="fer")


def test_pages_and_figures_of_drawn_faces_say_that_they_are_synthetic(run, home, capsys):
    figure, _ = style.figure("Half of them smile")
    run.save_figure(figure, "smiles")
    assert figure.get_suptitle() == "Half of them smile"  # real faces
    started("10_extract_faces", "smoke").save_figure(figure, "smiles")
    assert figure.get_suptitle() == "Half of them smile (synthetic faces)"
    assert capsys.readouterr().out == "The faces of the profile smoke are synthetic: drawn, and nobody's.\n"


def test_metrics_are_named_after_model_and_target_and_carry_their_provenance(run, home):
    path = run.save_metrics({"model": "enm", "target": "happy"})
    assert path == home / "reports" / "fer2013" / "metrics" / "enm-happy.json"
    assert json.loads(path.read_text())["provenance"]["notebook"] == "30_distance_features"


def test_inputs_are_named_by_their_paths_below_the_folders_of_a_run_and_no_folder_of_the_machine(
    run, home, tmp_path_factory, monkeypatch
):
    monkeypatch.setenv("MIEN_RAW", str(tmp_path_factory.mktemp("raw")))
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    places = (paths.raw() / "a" / "x.csv", home / "data" / "x.csv", elsewhere / "x.csv")
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(str(place))
        run.reads(place)
    run.reads(paths.configuration("smoke"))
    assert list(run.inputs) == ["data/raw/a/x.csv", "data/x.csv", "x.csv", "conf/smoke.yaml"]
    assert len(set(run.inputs.values())) == 4
    said = json.dumps(run.provenance())
    assert not any(str(folder) in said for folder in (home, elsewhere, paths.raw(), paths.REPOSITORY))


def test_what_a_search_has_chosen_is_an_input_where_it_holds(run, home, monkeypatch):
    monkeypatch.setattr(paths, "tuned", lambda name: home / f"{name}.json")
    store.save_json({"values": {"units": 8}, "holds_for": {"teacher": ""}}, home / "all-happy.json")
    assert run.searched("all-happy", teacher="small-emotion7") == run.searched("all-sad") == {}
    assert run.inputs == {}
    assert run.searched("all-happy", teacher="") == {"units": 8}
    assert run.inputs == {"all-happy.json": store.digest(home / "all-happy.json")}


def test_what_a_training_resumes_from_depends_on_parameters_and_inputs_and_goes_when_the_model_is_saved(home):
    run = started("43_train_pixels", seed=3)
    folder = run.checkpoints("small-happy")
    assert folder == run.checkpoints("small-happy") != run.checkpoints("small-emotion7")
    assert folder != started("43_train_pixels", seed=4).checkpoints("small-happy")
    (home / "faces.csv").write_text("x")
    again = started("43_train_pixels", seed=3)
    again.reads(home / "faces.csv")
    assert folder != again.checkpoints("small-happy")
    folder.mkdir(parents=True)
    run.save_model(small_network(), "small-happy")
    assert not folder.exists()


def test_a_model_is_opened_in_the_form_in_which_it_was_saved_and_its_record_is_an_input_too(home):
    training, scoring = started("44_train_mesh_svm"), started()
    saved = training.save_estimator(SVC(C=3).fit(np.eye(4), [0, 0, 1, 1]), "mesh_svm-happy", target="happy", params=4)
    assert scoring.open_model("mesh_svm-happy", "44_train_mesh_svm").C == 3
    record = scoring.open_record("mesh_svm-happy", "44_train_mesh_svm")
    beside = saved.with_suffix(".json")
    assert scoring.inputs == {
        "models/fer2013/mesh_svm-happy.skops": store.digest(saved),
        "models/fer2013/mesh_svm-happy.json": store.digest(beside),
    }
    assert record["params"] == 4
    assert record["provenance"]["notebook"] == "44_train_mesh_svm"
    training.save_model(small_network(), "small-happy")
    assert scoring.open_model("small-happy", "43_train_pixels").input_shape == (None, 2)


@pytest.mark.parametrize(
    ("notebook", "stage", "own"),
    [
        ("33_eye_state", "faces", "may write features and would write faces: only notebooks 0x or 1x do"),
        ("31_mesh_features", "landmarks", "may write features and would write landmarks: only notebooks 2x do"),
        ("50_evaluation", "features", "may write reports alone and would write features: only notebooks 3x do"),
    ],
)
def test_a_stage_writes_no_folder_but_its_own(home, notebook, stage, own):
    run = started(notebook)
    with pytest.raises(ValueError, match=f"{notebook} {own}"):
        run.save(FACES, stage, "any")
    with pytest.raises(ValueError, match="would write models: only notebooks 4x do"):
        run.save_model(small_network(), "small-happy")
    assert not any(home.iterdir())
    assert started("20_landmarks").target("landmarks", "dlib68") == run.paths.dataset("landmarks", "dlib68")


def test_each_model_that_is_asked_about_real_test_faces_is_counted(home):
    training, scoring = started("44_train_mesh_svm"), started("56_tuned", seed=1)
    saved = training.save_estimator(SVC().fit(np.eye(4), [0, 0, 1, 1]), "mesh_svm-happy")
    scoring.open_model("mesh_svm-happy", "44_train_mesh_svm")
    rows = np.array([False, True, True])
    assert scoring.opens_test(rows, "mesh_svm-happy", "mesh_svm_untuned-happy") is rows
    first, second = openings.read(paths.openings("fer2013"))
    assert (first["notebook"], first["model"], first["target"], first["faces"]) == ("56_tuned", "mesh_svm", "happy", 2)
    assert first["files"] == {"mesh_svm-happy.skops": store.digest(saved)}
    assert first["commit"] == scoring.provenance()["commit"]
    assert second["model"] == "mesh_svm_untuned"


def test_a_mean_of_models_is_counted_with_the_files_of_all(home):
    started("44_train_mesh_svm").save_estimator(SVC().fit(np.eye(4), [0, 0, 1, 1]), "mesh_svm-happy")
    mean = started("55_ensemble")
    mean.open_model("mesh_svm-happy", "44_train_mesh_svm")
    mean.open_record("mesh_svm-happy", "44_train_mesh_svm")
    mean.opens_test(np.ones(3, bool), "ensemble-happy")
    assert [[*entry["files"]] for entry in openings.read(paths.openings("fer2013"))] == [["mesh_svm-happy.skops"]]


def test_drawn_test_faces_are_not_counted(home):
    started(profile="smoke").opens_test(np.ones(3, bool), "small-happy")
    assert not paths.openings("smoke").exists()
    rows, drawn = np.array([False, True, True]), np.array([False, True, False])
    assert started("57_eye_state").opens_test(rows, "eye_state-eye_state", drawn=True) is rows
    assert not paths.openings("fer2013").exists()
    started("57_eye_state").opens_test(rows, "eye_state-eye_state", drawn=drawn)
    assert [entry["faces"] for entry in openings.read(paths.openings("fer2013"))] == [1]
