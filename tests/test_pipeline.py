"""The whole of it, on a few faces: what `make` does, as a person would call it."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from mien.engine import graph, paths


def make(*arguments: str, home: Path, before: Sequence[str | Path] = ()) -> subprocess.CompletedProcess:
    """Call make as a person would, but for where things go, which environment serves, and words before the call."""
    ready = ["-o", ".venv/.ready"]  # the environment is the one that runs the tests
    inherited = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MIEN_RAW", "MIEN_DASK")
    environment = {"MIEN_EAGERLY": "1"} | {k: v for k, v in os.environ.items() if k not in inherited}
    return subprocess.run(
        [*before, "make", *ready, "PROFILE=smoke", f"MIEN_HOME={home}", *arguments],
        cwd=paths.REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )


def tracked_changes() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=paths.REPOSITORY, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def smoke(tmp_path_factory, seal):
    """The folder of a smoke run and what make said: no raw data, no model file of others, no network."""
    home, record = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("sealed") / "record"
    before = tracked_changes()
    said = make("pipeline", home=home, before=[*seal, record] if seal else [])
    said.changes = (before, tracked_changes())
    said.sought = record.read_text().splitlines() if seal else None
    return home, said


def test_the_pipeline_runs_to_its_report(smoke):
    home, said = smoke
    assert said.returncode == 0, said.stdout[-2000:] + said.stderr[-4000:]
    assert (home / "reports" / "smoke" / "book" / "index.html").exists()


def test_the_console_has_a_line_for_each_notebook_and_none_of_a_library(smoke):
    home, said = smoke
    executed = [path.stem for path in (home / "reports" / "smoke" / "executed").glob("*.ipynb")]
    *lines, slowest, _, _, _, _, _, where = said.stdout.splitlines()
    assert sorted(re.match(r"\[[ \d]+/\d+\] (\S+)", line)[1] for line in lines) == sorted(executed)
    assert all(re.fullmatch(r"\[ ?\d+/\d+\] \S+ +\d+ s( +about \d+ (s|min) left)?\s*", line) for line in lines)
    assert re.match(rf"{len(executed)} notebooks in \d+ s .* The slowest:", slowest)
    assert where == f"report: {home / 'reports' / 'smoke' / 'book' / 'index.html'}"
    assert said.stderr == ""


def test_a_run_changes_nothing_that_git_tracks(smoke):
    before, after = smoke[1].changes
    assert before == after


def test_a_run_asks_nobody_on_any_network(smoke):
    if smoke[1].sought is None:
        pytest.skip("no network namespace can be made here")
    assert smoke[1].sought == []


SCORED = [
    "enm_images-happy",
    "small_tencrop-emotion7",
    "blendshape_svm-emotion7",
    "ensemble-emotion7",
    "eye_state-eye_state",
]


@pytest.mark.parametrize("name", SCORED)
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


def test_the_book_has_every_notebook_says_that_nothing_lacks_and_needs_no_network(smoke):
    folder = smoke[0] / "reports" / "smoke"
    index = (folder / "book" / "index.html").read_text()
    executed = [path.stem for path in folder.glob("executed/*.ipynb")]
    assert set(executed) == set(graph.upstream(graph.load(), graph.last("smoke")))
    assert all(f'href="notebooks/{name}.html"' in index for name in executed)
    assert not re.search("have not been run|of the notebooks failed|has stored no finding", index)
    for page in (path.read_text() for path in folder.glob("book/**/*.html")):
        assert not re.findall(r"<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=[\"'](https?:[^\"']+)", page)
    assert sum(path.stat().st_size for path in folder.glob("book/**/*")) < 60e6


def test_a_second_call_has_nothing_to_do(smoke):
    again = make("pipeline", home=smoke[0])
    assert again.returncode == 0, again.stderr
    assert again.stdout == "nothing to do: what was run still holds\n"


def test_a_node_that_was_removed_is_run_again_and_a_search_on_it_leaves_no_settings_of_sampled_faces_behind(smoke):
    home, _ = smoke
    removed = home / "reports" / "smoke" / "executed" / "30_distance_features-all.ipynb"
    assert "would not be run" in make("why", f"NODE={removed.stem}", home=home).stdout
    removed.unlink()
    assert "has not been run" in make("why", f"NODE={removed.stem}", home=home).stdout
    said = make("tune", "MODEL=all", "TARGET=happy", "TRIALS=2", "EPOCHS=1", home=home)
    assert said.returncode == 0, said.stderr
    assert re.match(r"\[1/1\] 30_distance_features-all", said.stdout)
    assert removed.exists()
    found = json.loads((home / "reports" / "smoke" / "figures" / "90_tune-best-all-happy.json").read_text())
    assert found["trials"] == 2
    assert {"components", "units", "depth", "dropout", "learning_rate"} <= set(found["values"])
    assert not (paths.REPOSITORY / "conf" / "tuned" / "all-happy.json").exists()


def test_make_asks_the_keys_whatever_times_files_have(tmp_path):
    (tmp_path / "reports" / "smoke" / "book").mkdir(parents=True)
    (tmp_path / "reports" / "smoke" / "book" / "index.html").touch()
    assert "mien.publishing run pipeline --profile smoke" in make("--dry-run", "pipeline", home=tmp_path).stdout


@pytest.mark.parametrize("profile", ["smoke", "fer2013"])
def test_a_notebook_is_a_target_of_its_own_under_its_path_from_home_or_in_full(profile, tmp_path):
    executed = f"reports/{profile}/executed/32_blendshapes.ipynb"
    for path in (executed, str(tmp_path / executed)):
        said = make("--dry-run", path, home=tmp_path)
        assert f"mien.publishing run 32_blendshapes --profile {profile}" in said.stdout, said.stderr


def test_what_was_tuned_is_compared_with_its_defaults(smoke):
    folder = smoke[0] / "reports" / "smoke"
    gain = json.loads((folder / "figures" / "56_tuned-gain-all-emotion7.json").read_text())
    scored = json.loads((folder / "metrics" / "all-emotion7.json").read_text())["test"]["all"]
    assert gain["test, all"] == {"after": scored["accuracy"]}  # as it was recorded, not asked for again
    low, high = gain["validation"]["gain_ci95"]
    assert low <= gain["validation"]["gain"] <= high


def test_a_search_for_an_unknown_model_is_an_error_before_any_work(tmp_path):
    said = make("tune", "MODEL=al", home=tmp_path)
    assert said.returncode
    assert 'MODEL is "al": there are ' in said.stderr
    assert "mesh_gnn" in said.stderr
    assert not any(tmp_path.iterdir())


def test_an_unknown_profile_is_an_error_before_any_work(tmp_path):
    said = make("pipeline", "PROFILE=smok", home=tmp_path)
    assert said.returncode
    assert 'unknown PROFILE "smok"' in said.stderr
    assert not any(tmp_path.iterdir())
