"""Searches in a space whose best point the test knows: no training decides there."""

import multiprocessing
import shutil
import sys
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from mien.engine import progress
from mien.training import search
from mien.training.augmentation import Numbers
from mien.training.recipes import Training
from mien.training.trials import Trial

BEST = 0.6
pytestmark = pytest.mark.usefixtures("eagerly")


def make(hp, high=1.0):
    """A network that says `x` of whatever it is shown, and learns nothing."""
    hp.Choice("colour", ["red", "green"])
    bias = keras.initializers.Constant(hp.Float("x", 0.0, high, default=0.1))
    return keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer=bias)]
    )


def loss(network, *_, rate=0.0):
    network.compile(keras.optimizers.SGD(rate), "mse", metrics=[keras.metrics.RootMeanSquaredError("rmse")])


def task(make=make, epochs=1, rate=0.0, **holds_for):
    """It is right where `x` is `BEST`; at a rate of a quarter it takes half of the way there in an epoch."""
    shown = np.zeros((4, 1)), np.full((4, 1), BEST)
    told = {"average": None, "loss": partial(loss, rate=rate), "measure": "rmse", "mode": "min"}
    return Trial(Training(make, Numbers(*shown, [1 / BEST], 4), shown, epochs, **told), holds_for)


@pytest.mark.parametrize("kind", ["random", "bayesian"])
def test_a_search_finds_a_better_point_than_the_defaults(tmp_path, kind):
    tuner = search.tuner(task(), "toy-happy", kind, 4, tmp_path)
    tuner.search(verbose=0)
    trials = search.table(tuner)
    assert len(trials) == 4
    np.testing.assert_allclose(trials["score"], (trials["x"] - BEST).abs(), atol=1e-6)
    found = search.best(trials, "min")
    assert found["score"] < search.whole(task(), {}, tmp_path / tuner.project_name) == pytest.approx(0.5)
    assert found["score"] == trials["score"].min()


def test_hyperband_gives_more_epochs_to_what_is_better(tmp_path):
    tuner = search.tuner(task(epochs=3), "toy-happy", "hyperband", 0, tmp_path)
    tuner.search(verbose=0)
    given = {key: trial.hyperparameters.values["tuner/epochs"] for key, trial in tuner.oracle.trials.items()}
    scores = {key: trial.score for key, trial in tuner.oracle.trials.items()}
    assert {*given.values()} == {1, 3}
    assert min(scores.values()) == min(scores[key] for key, epochs in given.items() if epochs == 3)


def test_what_hyperband_finds_is_trained_whole_from_the_first_epoch_on(tmp_path):
    whole = search.whole(task(rate=0.25, epochs=3), {"x": 0.2}, tmp_path)
    assert whole == pytest.approx((BEST - 0.2) / 2**3)
    assert search.whole(task(rate=0.25, epochs=1), {"x": 0.2}, tmp_path) == whole  # once
    assert search.whole(task(rate=0.25, epochs=3), {"x": 0.4}, tmp_path) == pytest.approx((BEST - 0.4) / 2**3)


def test_a_search_draws_one_bar_over_its_trials_and_prints_nothing_else(tmp_path, capsys):
    search.run(search.tuner(task(), "toy-happy", "random", 3, tmp_path), [], workers=1)
    out, err = capsys.readouterr()
    bars, rest = progress.split(err)
    assert [*dict.fromkeys(bars)] == [("searching, trials", done, 3) for done in range(4)]
    assert out == rest.strip() == ""


def test_a_search_that_has_done_all_that_is_asked_for_says_so(tmp_path, capsys):
    search.tuner(task(), "toy-happy", "random", 3, tmp_path).search(verbose=0)
    search.run(search.tuner(task(), "toy-happy", "random", 2, tmp_path), [], workers=1)
    assert "3 trials are done and 2 asked for" in capsys.readouterr().out


def test_a_search_goes_on_where_it_was(tmp_path):
    search.tuner(task(), "toy-happy", "random", 3, tmp_path).search(verbose=0)
    again = search.tuner(task(), "toy-happy", "random", 5, tmp_path)
    before = search.table(again)
    assert len(before) == 3
    again.search(verbose=0)
    pd.testing.assert_frame_equal(search.table(again).head(3), before)
    assert len(search.table(again)) == 5


def cut(file):
    file.write_text(file.read_text()[:40])


@pytest.mark.parametrize("kind", ["random", "bayesian"])
@pytest.mark.parametrize(
    ("crash", "stay"),
    [
        (lambda folder: (folder / "oracle.json").write_text(""), [0, 1, 2]),
        (lambda folder: (folder / "oracle.json").unlink(), [0, 1, 2]),
        (lambda folder: cut(folder / "trial_1" / "trial.json"), [0, 2]),
        (lambda folder: shutil.rmtree(folder / "trial_0"), [1, 2]),
    ],
    ids=["empty", "gone", "half a trial", "no trial"],
)
def test_after_a_crash_a_search_goes_on_from_what_is_whole(tmp_path, kind, crash, stay):
    first = search.tuner(task(), "toy-happy", kind, 3, tmp_path)
    first.search(verbose=0)
    before = search.table(first)
    crash(tmp_path / first.project_name)
    with pytest.warns(UserWarning, match=f"are not whole: it goes on from {len(stay)} trials that are"):
        again = search.tuner(task(), "toy-happy", kind, 4, tmp_path)
    again.search(verbose=0)
    trials = search.table(search.tuner(task(), "toy-happy", kind, 4, tmp_path))
    assert len(trials) == 4
    assert trials["x"].nunique() == 4
    pd.testing.assert_frame_equal(trials.head(len(stay)), before.loc[stay].reset_index(drop=True))


def test_what_a_crash_leaves_of_the_tuners_own_file_is_no_matter(tmp_path):
    first = search.tuner(task(), "toy-happy", "random", 2, tmp_path)
    first.search(verbose=0)
    (tmp_path / first.project_name / "tuner0.json").write_text("")
    assert len(search.table(search.tuner(task(), "toy-happy", "random", 2, tmp_path))) == 2


def test_of_a_hyperband_that_cannot_go_on_the_folder_to_remove_is_named(tmp_path):
    first = search.tuner(task(epochs=2), "toy-happy", "hyperband", 0, tmp_path)
    first.search(verbose=0)
    (tmp_path / first.project_name / "oracle.json").write_text('{"ongoing')
    with pytest.raises(ValueError, match=f"{first.project_name} are not whole: remove that folder, and it begins anew"):
        search.tuner(task(epochs=2), "toy-happy", "hyperband", 0, tmp_path)


def test_another_space_training_or_budget_is_another_search():
    name = partial(search.project, name="toy-happy", kind="random")
    assert name(task()) == name(task())
    others = [task(partial(make, high=2.0)), task(epochs=2), task(backbone="face")]
    assert len({name(other) for other in (task(), *others)}) == 4
    assert name(task()) != search.project(task(), "toy-happy", "bayesian")


def test_an_unknown_tuner_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no tuner 'grid': there are random, bayesian, hyperband"):
        search.tuner(task(), "toy-happy", "grid", 1, tmp_path)


def test_importance_is_of_what_decides():
    rng = np.random.default_rng(0)
    trials = pd.DataFrame({"rate": rng.uniform(size=60), "colour": rng.choice(["red", "green"], 60), "fixed": 3})
    shares = search.importance(trials.assign(score=(trials["rate"] - 0.5) ** 2))
    assert shares.sum() == pytest.approx(1)
    assert shares["rate"] > 0.9
    assert sorted(shares.index) == ["colour", "rate"]
    assert search.importance(trials.assign(score=1.0)).tolist() == [0, 0]


WORKER = """
import gc, os, pathlib, signal, sys, time
gc.freeze()
os.environ.update({environment!r})
sys.path.insert(0, {tests!r})
import tensorflow
import test_search
from mien.training import search

tensorflow.config.run_functions_eagerly(True)
here, me = pathlib.Path({folder!r}), os.environ["KERASTUNER_TUNER_ID"]
task = test_search.task()
tuner = search.tuner(task, "toy-happy", "random", 6, here)
build = task.build
def in_trial(hp):
    with (here / "workers").open("a") as file:
        file.write(me + "\\n")
    while len({{*(here / "workers").read_text().split()}}) < 2:
        time.sleep(0.01)
    if me == "worker1" and not (here / "died").exists():
        (here / "died").write_text(me)
        os.kill(os.getpid(), signal.SIGKILL)
    return build(hp)
task.build = in_trial
tuner.search(verbose=0)
"""


class Forked:
    """A process as `subprocess.Popen` makes it, but forked from one that has imported already what takes seconds."""

    def __init__(self, command, env):
        (folder,) = command
        processes = multiprocessing.get_context("forkserver")
        processes.set_forkserver_preload(["mien.training.search"])
        own = {name: value for name, value in env.items() if name.startswith("KERASTUNER")}
        tests = str(Path(__file__).parent)
        script = WORKER.format(environment=own, tests=tests, folder=folder)
        self.process = processes.Process(target=exec, args=(script, {}))
        self.process.start()
        self.kill, self.terminate, self.wait = self.process.kill, self.process.terminate, self.process.join

    def poll(self):
        return self.process.exitcode

    returncode = property(poll)


def test_a_chief_and_two_workers_lose_no_trial_where_one_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(search.subprocess, "Popen", Forked)
    search.run_workers([str(tmp_path)], 2)
    monkeypatch.undo()
    assert (tmp_path / "died").read_text() == "worker1"
    assert {*(tmp_path / "workers").read_text().split()} == {"worker1", "worker2"}
    trials = search.table(search.tuner(task(), "toy-happy", "random", 6, tmp_path))
    assert len(trials) == 6
    np.testing.assert_allclose(trials["score"], (trials["x"] - BEST).abs(), atol=1e-6)


def test_where_chief_and_workers_meet_nobody_else_can_be_first(tmp_path):
    """They are told of no port, which another program could take before the chief does."""
    says = (
        "import os, sys; from pathlib import Path; name = os.environ['KERASTUNER_TUNER_ID']\n"
        "ip, place = os.environ['KERASTUNER_ORACLE_IP'], Path(os.environ['KERASTUNER_ORACLE_PORT'])\n"
        "there = sorted(path.name for path in place.parent.iterdir()), oct(place.parent.stat().st_mode & 0o777)\n"
        "(Path(sys.argv[1]) / name).write_text(f'{ip} {there}')\n"
        "if name == 'chief': import time; time.sleep(30)"
    )
    search.run_workers([sys.executable, "-c", says, str(tmp_path)], 1)
    assert (tmp_path / "worker1").read_text() == "unix ([], '0o700')"


def test_a_worker_that_dies_again_and_again_ends_the_search():
    dies = "import os, sys, time; time.sleep(30 if 'chief' in os.environ['KERASTUNER_TUNER_ID'] else 0); sys.exit(7)"
    with pytest.raises(RuntimeError, match=r"worker\d has died 3 times, the last time with 7"):
        search.run_workers([sys.executable, "-c", dies], 2)


def test_without_its_chief_a_search_ends():
    waits = "import os, sys, time; time.sleep(0 if 'chief' in os.environ['KERASTUNER_TUNER_ID'] else 30); sys.exit(7)"
    with pytest.raises(RuntimeError, match="the chief has died with 7"):
        search.run_workers([sys.executable, "-c", waits], 2)


def test_the_command_refuses_what_there_is_not(home):
    result = CliRunner().invoke(search.app, ["all", "grumpy"])
    assert result.exit_code == 2
    assert "all has no target 'grumpy': it has emotion7" in result.output
