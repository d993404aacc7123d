"""Searches for hyper-parameters, on validation faces alone: in one process, or with a chief and workers.

python -m mien.training.search MODEL TARGET is one of these processes; keras-tuner's environment variables say which.
"""

import hashlib
import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import keras_tuner
import pandas as pd
import typer
from keras_tuner import HyperParameters
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance

from mien.engine import exits, store
from mien.engine.paths import Paths
from mien.engine.progress import tqdm
from mien.training import recipes, resuming
from mien.training.trials import NETWORKS, Trial
from mien.training.trials import of as trial_of

TUNERS = {
    "random": keras_tuner.RandomSearch,
    "bayesian": keras_tuner.BayesianOptimization,
    "hyperband": keras_tuner.Hyperband,
}

STARTS = 3
"""How often a worker is started at most: one that died goes on with the trial that it lost."""


def space(trial: Trial) -> HyperParameters:
    """What is searched: the hyper-parameters that a recipe asks for, with their ranges and defaults."""
    hp = HyperParameters()
    trial.build(hp)
    return hp


def project(trial: Trial, name: str, kind: str) -> str:
    """The name of a search's folder: another one for another space, training, number of epochs, or kind of tuner.

    keras-tuner goes on with whatever lies in its folder, also where it belongs to another space.
    """
    asked = [hp.get_config() for hp in space(trial).space]
    return f"{name}-{kind}-{_key([asked, trial.objective.name, trial.epochs, trial.seed, trial.holds_for])}"


def tuner(trial: Trial, name: str, kind: str, trials: int, folder: Path) -> keras_tuner.Tuner:
    """A search, or what there is of it.

    Args:
        trial: what is tried.
        name: `<model>-<target>`.
        kind: one of `TUNERS`; hyperband takes most of its trials for a few epochs only, and decides itself how many.
        trials: in all, those that are there included.
        folder: of searches.

    Raises:
        ValueError: there is no such kind, or a crash has left too little of its files.
    """
    if kind not in TUNERS:
        raise ValueError(f"no tuner {kind!r}: there are {', '.join(TUNERS)}")
    budget = {"max_epochs": trial.epochs} if kind == "hyperband" else {"max_trials": trials}
    common = {"objective": trial.objective, "seed": trial.seed + 1, "directory": folder, "overwrite": False}
    common["project_name"] = project(trial, name, kind)
    process, place = os.environ.get("KERASTUNER_TUNER_ID", "tuner0"), folder / common["project_name"]
    (place / f"{process}.json").unlink(missing_ok=True)  # says nothing, but keras-tuner would reload by its own rules
    made = TUNERS[kind](trial, **budget, **common)
    if process in ("tuner0", "chief"):  # workers ask the chief
        resuming.resume(made.oracle, place)
    return made


def whole(trial: Trial, values: Mapping[str, Any], folder: Path) -> float:
    """The objective of one training with some values, from its first epoch on; measured once, and kept.

    That is what a training with them gives. Hyperband's longer trials go on from the weights of shorter ones, and can
    score what no training reaches that begins anew.

    Args:
        trial: what is tried.
        values: hyper-parameter -> value; the others are the defaults.
        folder: of the search, which keeps it.
    """
    file = folder / f"whole-{_key(values)}.json"
    if not file.exists():
        hp = recipes.hyperparameters(values, {})
        history = trial.fit(hp, trial.build(hp)).history[trial.objective.name]
        store.save_json({"values": hp.values, "history": history}, file)
    history = store.open_json(file)["history"]
    return max(history) if trial.objective.direction == "max" else min(history)


def _key(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]


def table(search: keras_tuner.Tuner) -> pd.DataFrame:
    """One row a trial that has a score, in the order of their starts: `score`, and a column a hyper-parameter."""
    trials = [search.oracle.trials[key] for key in search.oracle.start_order]
    rows = [{"score": trial.score, **trial.hyperparameters.values} for trial in trials if trial.score is not None]
    return pd.DataFrame(rows, columns=["score", *(hp.name for hp in search.oracle.get_space().space)])


def importance(trials: pd.DataFrame, seed: int = 0) -> pd.Series:
    """How much a score depends on each hyper-parameter: what shuffling it costs a random forest (Breiman, 2001).

    Args:
        trials: as `table` gives them.
        seed: of the forest and of the shuffling.

    Returns:
        Hyper-parameter that varies -> share, all together 1, the largest first; of trials that are all alike, 0.
    """
    columns = trials.drop(columns="score")
    varied = columns.columns[columns.nunique() > 1]
    columns = columns[varied] if len(varied) else columns
    x = columns.apply(lambda column: column if column.dtype.kind in "if" else pd.factorize(column)[0])
    forest = RandomForestRegressor(300, random_state=seed).fit(x, trials["score"])
    lost = permutation_importance(forest, x, trials["score"], n_repeats=20, random_state=seed).importances_mean
    total = lost.clip(0).sum()
    return pd.Series(lost.clip(0) / (total or 1), columns.columns).sort_values(ascending=False)


def best(trials: pd.DataFrame, direction: str) -> dict[str, Any]:
    """The trial with the best score, "max" or "min" of them: `score` and the values."""
    place = trials["score"].argmax() if direction == "max" else trials["score"].argmin()
    return trials.to_dict("records")[place]


def run(search: keras_tuner.Tuner, command: Sequence[str], workers: int) -> None:
    """Run a search to its end, here or by workers.

    Args:
        search: as `tuner` makes it.
        command: what runs `main` for the same search.
        workers: 1 is this process; more are processes on this machine, with a chief that hands out trials.
    """
    if workers == 1:
        _run_here(search)
    else:
        run_workers(command, workers)
        search.oracle.reload()


def _run_here(search: keras_tuner.Tuner) -> None:
    """Run a search under a bar, in place of the lines that keras-tuner prints of each trial."""
    oracle, ended = search.oracle, search.on_trial_end
    if len(oracle.end_order) >= oracle.max_trials:
        print(f"{len(oracle.end_order)} trials are done and {oracle.max_trials} asked for: nothing is left to try")
    with tqdm(desc="searching, trials", total=oracle.max_trials, initial=len(oracle.end_order), unit="trial") as bar:

        def on_trial_end(trial):
            ended(trial)
            bar.update()

        search.on_trial_end = on_trial_end
        search.search(verbose=0)


def run_workers(command: Sequence[str], workers: int) -> None:
    """Run a chief and workers on this machine until all workers have ended.

    A worker that dies is started again under its name, and begins its trial anew; the others go on meanwhile. They meet
    at a socket in a folder of their own (gRPC has none on Windows): a port that is free now may be another program's
    when the chief asks for it.

    Args:
        command: what runs `main`.
        workers: how many.

    Raises:
        RuntimeError: the chief died, or a worker did `STARTS` times.
    """
    with tempfile.TemporaryDirectory(prefix="mien-") as folder:
        # keras-tuner joins the two by a colon to gRPC's name of the socket
        common = os.environ | {"KERASTUNER_ORACLE_IP": "unix", "KERASTUNER_ORACLE_PORT": f"{folder}/chief"}

        def start(name: str) -> subprocess.Popen:
            return subprocess.Popen(command, env=common | {"KERASTUNER_TUNER_ID": name})

        chief = start("chief")
        try:
            _watch({f"worker{i}": start(f"worker{i}") for i in range(1, workers + 1)}, chief, start)
        finally:
            chief.terminate()
            chief.wait()


def _watch(
    running: dict[str, subprocess.Popen], chief: subprocess.Popen, start: Callable[[str], subprocess.Popen]
) -> None:
    """Wait for workers, and start those again that die; without a chief they would wait for an hour."""
    died = Counter()
    try:
        while running:
            time.sleep(0.5)
            if chief.poll():
                raise RuntimeError(f"the chief has died with {chief.returncode}")
            for name, process in [*running.items()]:
                if process.poll() == 0:
                    del running[name]
                elif process.poll() is not None:
                    died[name] += 1
                    if died[name] == STARTS:
                        raise RuntimeError(f"{name} has died {STARTS} times, the last time with {process.returncode}")
                    running[name] = start(name)
    finally:
        for process in running.values():
            process.kill()


app = typer.Typer(add_completion=False)


@app.command()
def main(
    model: Annotated[str, typer.Argument(help=f"One of {', '.join(NETWORKS)}.")],
    target: Annotated[str, typer.Argument(help="emotion7, emotion5, happy; keypoints15 of keypoint_resnet.")],
    profile: Annotated[str, typer.Option(help="Whose faces.")] = "sample",
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(TUNERS)}.")] = "random",
    trials: Annotated[int, typer.Option(min=1, help="In all; hyperband decides itself.")] = 8,
    epochs: Annotated[int, typer.Option(min=1, help="Of one trial.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, shuffling and search.")] = 0,
) -> None:
    """Search, as the chief, a worker or alone: see KERASTUNER_TUNER_ID, KERASTUNER_ORACLE_IP and _PORT."""
    with exits.in_a_line():
        trial = trial_of(model, target, profile, epochs, seed)
        made = tuner(trial, f"{model}-{target}", kind, trials, Paths(profile).tuning())
    made.search()


if __name__ == "__main__":
    exits.run(app)
