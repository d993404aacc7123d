import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from mien import paths, pipeline, report
from mien.profiles import ParameterError


@pytest.fixture
def notebook(tmp_path):
    """A notebook that divides."""
    cells = [new_code_cell("top = 6\nbottom = 2", metadata={"tags": ["parameters"]}), new_code_cell("top / bottom")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = tmp_path / "notebooks" / "00_divide.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    return path


def test_a_notebook_runs_with_its_parameters(notebook, tmp_path):
    output = tmp_path / "executed" / "00_divide.ipynb"
    pipeline.execute(notebook, output, {"top": 21})
    (result,) = nbformat.read(output, as_version=4).cells[-1].outputs
    assert result.data["text/plain"] == "10.5"
    assert not nbformat.read(notebook, as_version=4).cells[-1].outputs


def test_a_failed_run_is_kept_beside_the_result_and_not_as_the_result(notebook, tmp_path):
    output = tmp_path / "executed" / "00_divide.ipynb"
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        pipeline.execute(notebook, output, {"bottom": 0})
    assert [path.name for path in output.parent.iterdir()] == ["00_divide.failed.ipynb"]


def test_an_undeclared_parameter_is_refused_before_any_work(notebook, tmp_path):
    with pytest.raises(ParameterError, match="00_divide has no parameter botom; it has bottom, top"):
        pipeline.execute(notebook, tmp_path / "executed" / "out.ipynb", {"botom": 0})
    assert not (tmp_path / "executed").exists()


def test_the_kernel_is_the_environments_own(notebook, tmp_path):
    content = nbformat.read(notebook, as_version=4)
    content.cells[-1].source = "import sys; sys.executable"
    nbformat.write(content, notebook)
    pipeline.execute(notebook, tmp_path / "out.ipynb", {})
    (result,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs
    assert result.data["text/plain"] == repr(sys.executable)


def test_assignments_are_read_as_yaml():
    assert pipeline.assignments(["a=1", "b=x=y", "c=true", "d="]) == {"a": 1, "b": "x=y", "c": True, "d": None}
    with pytest.raises(ParameterError, match="expected name=value, found 'alone'"):
        pipeline.assignments(["alone"])


# ── the whole of it, on a few faces ─────────────────────────────────────────────────────────────────────────────────


def make(*arguments: str, home: Path) -> subprocess.CompletedProcess:
    """Call make as a person would, but for where things go and which environment serves."""
    ready = ["-o", ".venv/.ready"]  # the environment is the one that runs the tests
    inherited = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MIEN_RAW", "MIEN_DASK")
    environment = {k: v for k, v in os.environ.items() if k not in inherited}
    return subprocess.run(
        ["make", *ready, "PROFILE=smoke", f"MIEN_HOME={home}", f"MIEN_ASSETS={home / 'assets'}", *arguments],
        cwd=paths.REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """The folder of a smoke run and what make said: no raw data, no model file of others."""
    home = tmp_path_factory.mktemp("home")
    return home, make("pipeline", home=home)


def test_the_pipeline_runs_to_its_report(smoke):
    home, said = smoke
    assert said.returncode == 0, said.stdout[-2000:] + said.stderr[-4000:]
    assert (home / "reports" / "smoke" / "index.html").exists()


SCORED = [f"{model}-{target}" for model in ("all", "enm", "enm_images") for target in ("emotion7", "happy")]


@pytest.mark.parametrize("name", [*SCORED, "small-emotion7", "small_tencrop-emotion7"])
def test_metrics_follow_the_schema(smoke, name):
    scores = json.loads((smoke[0] / "reports" / "smoke" / "metrics" / f"{name}.json").read_text())
    assert {"model", "target", "classes", "test", "validation", "params", "train_seconds", "ms_per_face"} <= set(scores)
    assert scores["test"]["all"]["n"] >= 14
    view = scores["test"]["all"]
    expected = {"n", "coverage", "accuracy", "accuracy_ci95", "balanced_accuracy", "macro_f1", "ece", "per_class"}
    assert expected | {"confusion"} <= set(view)
    assert sum(map(sum, view["confusion"])) == view["n"]
    low, high = view["accuracy_ci95"]
    assert 0 <= low <= view["accuracy"] <= high <= 1
    assert {"commit", "lock", "inputs", "parameters", "seconds"} <= set(scores["provenance"])


def test_every_artefact_has_its_provenance_beside_it(smoke):
    home, _ = smoke
    made = [*home.glob("data/smoke/*/*.zarr"), *home.glob("reports/smoke/f*/*.png")]
    assert len(made) > 20
    assert all(path.with_name(f"{path.name}.provenance.json").exists() for path in made)


def test_without_a_model_file_the_sample_s_own_points_stand_in_and_everybody_is_told(smoke):
    home, _ = smoke
    beside = home / "data" / "smoke" / "landmarks" / "mediapipe478.zarr.provenance.json"
    assert json.loads(beside.read_text())["parameters"]["points_from"] == "the sample's own points"
    page = home / "reports" / "smoke" / "executed" / "20_landmarks-mediapipe478.html"
    assert "face_landmarker.task is not there" in page.read_text()


def test_the_report_leads_to_every_notebook_and_needs_no_network(smoke):
    folder = smoke[0] / "reports" / "smoke"
    index = (folder / "index.html").read_text()
    executed = [path.stem for path in folder.glob("executed/*.ipynb")]
    assert len(executed) == 45
    for page in [index, *(path.read_text() for path in folder.glob("executed/*.html"))]:
        loaded = re.findall(r"<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=[\"'](https?:[^\"']+)", page)
        assert not loaded
    for link in re.findall(r"(?:src|href)=\"([^\"]+)\"", index):
        assert (folder / link).exists(), link
    assert all(f"executed/{name}.html" in index for name in executed)


def test_a_second_call_has_nothing_to_do(smoke):
    again = make("pipeline", "--question", home=smoke[0])
    assert again.returncode == 0, again.stdout


def test_a_changed_plot_retrains_nothing_and_a_changed_model_does(smoke):
    def would_run(*changed):
        new = [word for file in changed for word in ("--what-if", file)]
        said = make("pipeline", "--dry-run", *new, home=smoke[0]).stdout
        return set(re.findall(r"pipeline run --profile smoke (\w+)", said))

    assert would_run() == set()
    assert would_run("src/mien/plots/scores.py") == set()
    dense = {"40_train_all", "41_train_enm", "42_train_enm_images", "50_evaluation", "52_saliency", "55_ensemble"}
    assert would_run("src/mien/models/dense.py") == dense
    assert would_run("src/mien/evaluation/activations.py") == {"53_activations"}


def test_a_search_runs_on_what_the_pipeline_made_and_leaves_no_settings_of_sampled_faces_behind(smoke):
    home, _ = smoke
    said = make("tune", "MODEL=all", "TARGET=happy", "TRIALS=2", "EPOCHS=1", home=home)
    assert said.returncode == 0, said.stderr
    found = json.loads((home / "reports" / "smoke" / "figures" / "90_tune-best-all-happy.json").read_text())
    assert found["trials"] == 2
    assert {"components", "units", "depth", "dropout", "learning_rate"} <= set(found["values"])
    assert not (paths.REPOSITORY / "conf" / "tuned" / "all-happy.json").exists()


TUNED = sorted(path.stem for path in (paths.REPOSITORY / "conf" / "tuned").glob("*.json"))


@pytest.mark.skipif(not TUNED, reason="no search has chosen settings yet")
def test_what_was_tuned_is_compared_with_its_defaults(smoke):
    home, _ = smoke
    folder = home / "reports" / "smoke"
    said = make(str(folder / "executed" / f"56_tuned-{TUNED[0]}.ipynb"), home=home)
    assert said.returncode == 0, said.stderr
    gain = json.loads((folder / "figures" / f"56_tuned-gain-{TUNED[0]}.json").read_text())
    scored = json.loads((folder / "metrics" / f"{TUNED[0]}.json").read_text())["test"]["all"]
    measure = "accuracy" if gain["measure"] == "accuracy" else "rmse_px"
    assert gain["test, all"]["after"] == pytest.approx(scored[measure], rel=1e-3)  # a file may have half precision
    low, high = gain["validation"]["gain_ci95"]
    assert low <= gain["validation"]["gain"] <= high


def test_a_search_for_an_unknown_model_is_an_error_before_any_work(tmp_path):
    said = make("tune", "MODEL=al", home=tmp_path)
    assert said.returncode
    assert 'MODEL is "al": there are ' in said.stderr
    assert "mesh_gnn" in said.stderr


def test_an_unknown_profile_is_an_error_before_any_work(tmp_path):
    said = make("pipeline", "PROFILE=smok", home=tmp_path)
    assert said.returncode
    assert 'unknown PROFILE "smok"' in said.stderr
    assert not any(tmp_path.iterdir())


def test_a_report_without_runs_says_so(tmp_path):
    index = report.write(tmp_path).read_text()
    assert "No model has been scored yet" in index
