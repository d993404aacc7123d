import io
import threading

import pytest
from rich.console import Console

from mien.engine import schedule
from mien.engine.graph import Node


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=120)


def graph_of(**needs):
    return {name: Node(name, needs=tuple(own)) for name, own in needs.items()}


NODES = graph_of(a=[], b=["a"], c=["a"], d=["b", "c"])


def test_what_was_not_run_or_run_with_other_keys_is_stale_and_says_why():
    key = {
        name: {"its notebook": name, "parameter epochs": "1"} | {f"what {need} gives": need for need in node.needs}
        for name, node in NODES.items()
    }
    assert schedule.stale(NODES, key, key, {}) == {}
    assert schedule.stale(NODES, key, {**key, "c": None}, {}) == {"c": "has not been run"}
    other = {**key["b"], "its notebook": "old", "src/mien/models/gone.py": "x"}
    reasons = schedule.stale(NODES, key, {**key, "b": other, "d": {**key["d"], "what b gives": "old"}}, {})
    assert reasons == {"b": "changed: its notebook, src/mien/models/gone.py", "d": "needs b, which is run again"}


def test_a_node_whose_own_figure_changed_is_no_other_s_fault():
    key = {
        name: {"src/mien/plots/style.py": "new"} | {f"what {n} gives": n for n in node.needs}
        for name, node in NODES.items()
    }
    had = {name: {**own, "src/mien/plots/style.py": "old"} for name, own in key.items()}
    assert set(schedule.stale(NODES, key, had, {}).values()) == {"changed: src/mien/plots/style.py"}


def test_what_needs_lost_results_is_run_again_to_the_end():
    key = {name: {f"what {need} gives": need for need in node.needs} for name, node in NODES.items()}
    assert schedule.stale(NODES, key, key, {"b": "models/b.keras is gone"}) == {
        "b": "models/b.keras is gone",
        "d": "needs b, which is run again",
    }


def test_a_node_weighs_what_it_and_the_longest_way_behind_it_take():
    ahead = schedule.longest_first(NODES, {"a": 1, "b": 2, "c": 5, "d": 10})
    assert ahead == {"a": 16, "b": 12, "c": 15, "d": 10}


def test_each_is_run_after_what_it_needs_and_the_longest_way_first(console):
    order = []
    nodes = graph_of(a=[], short=["a"], long=["a"], end=["long", "short"])
    schedule.run(nodes, lambda node, _: order.append(node.name) or 1.0, {"short": 1, "long": 9}, 1, console)
    assert order == ["a", "long", "short", "end"]


def test_as_many_as_may_run_at_once(console):
    both = threading.Barrier(2, timeout=10)  # breaks where they do not run side by side
    _, failures = schedule.run(graph_of(a=[], b=[]), lambda *_: float(both.wait()), {}, 2, console)
    assert failures == []


def test_after_a_failure_what_runs_ends_and_nothing_new_is_started(console):
    done, started = [], threading.Event()

    def work(node, watcher):
        if node.name == "bad":
            started.wait(10)
            raise RuntimeError("no such file [x]")
        started.set()
        done.append(node.name)
        return 1.0

    nodes = graph_of(bad=[], good=[], later=["good"])
    took, failures = schedule.run(nodes, work, {"bad": 9, "good": 9, "later": 1}, 2, console)
    assert [(failure.node, failure.message) for failure in failures] == [("bad", "no such file [x]")]
    assert set(took) >= {"bad", "good"}
    assert "failed" in console.file.getvalue()


def test_a_line_for_each_says_how_many_are_done_and_how_long_the_rest_may_take(console):
    schedule.run(NODES, lambda *_: 1.0, {"a": 100.0, "b": 100.0, "c": 100.0, "d": 100.0}, 2, console)
    lines = console.file.getvalue().splitlines()
    assert [line.split("]")[0] for line in lines] == ["[1/4", "[2/4", "[3/4", "[4/4"]
    assert "left" in lines[0]
    assert "left" not in lines[-1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_cores_are_shared_out_unless_a_user_has_said_how_many(monkeypatch, jobs):
    monkeypatch.setattr(schedule.os, "cpu_count", lambda: 4)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    for name in ("MIEN_CORES", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        monkeypatch.setenv(name, "")  # is restored
        monkeypatch.delenv(name)
    schedule.share_cores(jobs)
    assert schedule.os.environ["TF_NUM_INTRAOP_THREADS"] == str(4 // jobs)
    assert schedule.os.environ["OMP_NUM_THREADS"] == "3"
