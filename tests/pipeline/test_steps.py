import subprocess
import sys

import pytest

from mien.pipeline import steps
from mien.profiles import ParameterError


def test_assignments_are_read_as_yaml():
    assert steps._assignments(["a=1", "b=x=y", "c=true", "d="]) == {"a": 1, "b": "x=y", "c": True, "d": None}
    with pytest.raises(ParameterError, match="expected name=value, found 'alone'"):
        steps._assignments(["alone"])


def test_to_find_out_what_is_stale_needs_nothing_that_computes():
    heavy = "papermill nbconvert tensorflow keras sklearn matplotlib xarray".split()
    said = f"import sys, mien.pipeline.steps; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True).stdout == "[]\n"


def test_an_unknown_node_is_named(home, capsys):
    assert steps.run(["nonsense"], "smoke", 1) == "no node 'nonsense' in conf/pipeline.yaml"
    assert steps.why("nonsense", "smoke") == "no node 'nonsense' in conf/pipeline.yaml"
    assert not any(home.iterdir())


def test_a_setting_that_the_search_does_not_have_is_refused_before_any_work(home, monkeypatch):
    monkeypatch.setattr(steps, "run", lambda *_: None)  # what the search needs is there
    assert "90_tune has no parameter trails" in steps.tune("all", ["trails=3"], "smoke", 1)
    assert not any(home.iterdir())
