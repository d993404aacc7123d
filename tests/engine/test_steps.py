import subprocess
import sys

import pytest
from papermill.exceptions import PapermillExecutionError

from mien.engine import locks, provenance, schedule, steps, store, written
from mien.engine.paths import Paths
from mien.engine.profiles import ParameterError


def test_assignments_are_read_as_yaml():
    assert steps._assignments(["a=1", "b=x=y", "c=true", "d="]) == {"a": 1, "b": "x=y", "c": True, "d": None}
    with pytest.raises(ParameterError, match="expected name=value, found 'alone'"):
        steps._assignments(["alone"])
    with pytest.raises(ParameterError, match="^'{a' is not YAML: [^\n]*$"):
        steps._assignments(["model={a"])


def test_to_find_out_what_is_stale_needs_nothing_that_computes():
    heavy = "papermill nbconvert tensorflow keras sklearn matplotlib xarray numpy rich psutil".split()
    said = f"import sys, mien.engine.steps; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True).stdout == "[]\n"


def test_an_unknown_node_is_named(home, capsys):
    with pytest.raises(ValueError, match="no node 'nonsense' in conf/pipeline.yaml"):
        steps.run(["nonsense"], "smoke", 1, None)
    with pytest.raises(ValueError, match="no node 'nonsense' in conf/pipeline.yaml"):
        steps.why("nonsense", "smoke")
    assert not any(home.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trails=3"], "90_tune has no parameter trails"),
        (["trials=x"], "90_tune wants trials as int, e.g. 8; found the str 'x'"),
        (["3"], "expected name=value, found '3'"),
        *(
            ([f"trials={word}"], f"90_tune wants trials as int, e.g. 8; found the str '{word}'")
            for word in ("08", "010", "1:30", "0x10", "1e3", "0,985")  # YAML 1.1 knows some of them as other numbers
        ),
        (["trials=yes"], "90_tune wants trials as int, e.g. 8; found the bool True"),
        (["trials=0"], "90_tune wants trials as a number above 0, e.g. 8; found the int 0"),
        (["epochs=-3"], "90_tune wants epochs as a number above 0"),
        (["workers=-1"], "90_tune wants workers as a number above 0"),
        (["seed=-1"], "90_tune wants seed as a number not below 0"),
        (["tuner=nothing"], "90_tune wants tuner as one of random, bayesian, hyperband"),
        (["seed=1", "seed=2"], "seed is given 2 times: give it once"),
        (["profile=fer2013"], "profile is what --profile says: leave profile=fer2013 out"),
        (["model=enm"], "model is what MODEL says: leave model=enm out"),
        (["trials="], "90_tune wants trials as int, e.g. 8; found the NoneType None"),
    ],
)
def test_a_setting_that_the_search_cannot_have_is_refused_before_any_work(words, said, home, monkeypatch):
    monkeypatch.setattr(steps, "_run_stale", lambda *_: pytest.fail("what the search needs is run"))
    with pytest.raises(ParameterError, match=said):
        steps.tune("all", words, "smoke", 1, None)
    assert not any(home.iterdir())


def test_a_target_that_the_model_has_not_is_refused_before_any_work(home):
    with pytest.raises(ValueError, match='TARGET is "sadness": all has emotion7, emotion5, happy'):
        steps.tune("all", ["target=sadness"], "smoke", 1, None)
    assert not any(home.iterdir())


def test_of_a_group_it_says_why_every_node_on_the_way_would_be_run(home, capsys):
    steps.why("pipeline", "smoke")
    said = capsys.readouterr().out.splitlines()
    assert {"00_sources: has not been run", "14_drawn_faces: has not been run"} <= set(said)


def test_a_search_keeps_other_runs_out_until_its_own_notebook_has_ended(home, monkeypatch):
    held = []

    def runs(todo, *_):
        with pytest.raises(locks.Running), locks.held(Paths("smoke").reports()):
            pass
        return {}, held.extend(todo) or []

    monkeypatch.setattr(steps, "_run_stale", lambda *_: None)
    monkeypatch.setattr(steps, "_run", runs)
    assert steps.tune("all", [], "smoke", 1, lambda folder: folder) is None
    assert held == ["90_tune-all-emotion7"]


def test_a_node_whose_files_are_gone_is_stale_and_says_which(home, monkeypatch):
    nodes, configured = steps._wanted(["30_distance_features-all"], "smoke")
    made = Paths("smoke").dataset("features", "distances_all")
    made.mkdir(parents=True)
    for name, key in steps._stale(nodes, "smoke", configured)[1].items():
        store.save_json({"metadata": {"mien": {"key": key}}}, Paths("smoke").executed() / f"{name}.ipynb")
    monkeypatch.setenv(written.OWN, str(Paths("smoke").executed() / "30_distance_features-all.files"))
    written.claim(made)
    assert steps._stale(nodes, "smoke", configured)[0] == {}
    made.rmdir()
    said = "data/smoke/features/distances_all.zarr is gone"
    assert steps._stale(nodes, "smoke", configured)[0] == {"30_distance_features-all": said}


def test_what_other_code_than_this_commit_s_has_run_is_run_again_where_that_is_asked_for(home, monkeypatch):
    clean = {"commit": "b" * 40, "dirty": False}
    monkeypatch.setattr(provenance, "begun", lambda: clean)
    executed = Paths("smoke").executed()
    other = ["32_blendshapes", "40_train_all-happy", "52_saliency-small-emotion7"]
    for name, by in (
        ("32_blendshapes", {**clean, "dirty": True}),
        ("40_train_all-happy", {**clean, "dirty": True}),  # a training, which writes nothing of the report
        ("52_saliency-small-emotion7", {**clean, "commit": "a" * 40}),
        ("53_activations-small-emotion7", clean),
    ):
        store.save_json({"metadata": {"mien": by}}, executed / f"{name}.ipynb")
    assert sorted(steps._of_other_code("smoke")) == other
    ran = []
    monkeypatch.setattr(steps, "_stale", lambda nodes, *_: ({}, {}))
    monkeypatch.setattr(
        steps, "_run", lambda todo, *_: (ran.extend(todo), ({}, [schedule.Failure("", "it failed")]))[1]
    )
    said = steps.run(["60_predict"], "smoke", 1, lambda folder: folder / "book", again=True)
    assert said == f"it failed\nreport: {Paths('smoke').reports() / 'book'}"  # where it is seen with its error
    assert sorted(ran) == other
    monkeypatch.setattr(provenance, "begun", lambda: {**clean, "dirty": True})
    with pytest.raises(ValueError, match="commit your changes first"):
        said = steps.run(["60_predict"], "smoke", 1, lambda folder: folder / "book", again=True)
    assert said == f"it failed\nreport: {Paths('smoke').reports() / 'book'}"  # where it is seen with its error


def test_a_failure_is_told_by_notebook_cell_last_lines_and_where_its_copy_lies(tmp_path):
    traceback = ["Traceback", "  File x", "----> 1 top / bottom", "ZeroDivisionError: division by zero"]
    error = PapermillExecutionError(4, 3, "top / bottom", "ZeroDivisionError", "division by zero", traceback)
    first, *middle, copy, log = steps._explained("00_divide-x", error, tmp_path / "00_divide-x.ipynb").splitlines()
    assert first == "00_divide-x failed in cell 5: ZeroDivisionError: division by zero"
    assert len(middle) <= 4
    assert "----> 1 top / bottom" in "\n".join(middle)
    assert copy.endswith(str(tmp_path / "00_divide-x.failed.ipynb"))
    assert log.endswith(str(tmp_path / "00_divide-x.log"))
