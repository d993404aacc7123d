"""A search taken up where it was, also after a crash that has left keras-tuner's files empty, half written or gone."""

import shutil
import warnings
from pathlib import Path

import keras_tuner
from keras_tuner.engine.oracle import Oracle
from keras_tuner.engine.trial import Trial, TrialStatus

BROKEN = (ValueError, KeyError, TypeError, AttributeError, RuntimeError)
"""What keras-tuner raises at a file of its own that is not whole."""


def resume(oracle: Oracle, folder: Path) -> None:
    """Take up the trials of a search.

    Where a file is not whole, those trials count that have ended and are: the search goes on as if there had been no
    others. Hyperband's rounds are in `oracle.json` alone, and each builds on the trials of the one before.

    Args:
        oracle: of a search that has not begun.
        folder: of its files.

    Raises:
        ValueError: Hyperband cannot go on; says what to remove.

    Warns:
        UserWarning: what is tried again.
    """
    if not any(folder.glob("trial_*")):
        return
    if _reloaded(oracle, folder):
        return
    if isinstance(oracle, keras_tuner.oracles.HyperbandOracle):
        raise ValueError(f"files of the search in {folder} are not whole: remove that folder, and it begins anew")
    _rebuild(oracle, folder)
    count = len(oracle.trials)
    warnings.warn(
        f"files of the search in {folder} are not whole: it goes on from {count} trials that are", stacklevel=3
    )


def _reloaded(oracle: Oracle, folder: Path) -> bool:
    """Whether keras-tuner finds all that it has written."""
    if not (folder / "oracle.json").exists():
        return False
    try:
        oracle.reload()
    except BROKEN:
        return False
    return oracle.trials.keys() >= {*oracle.start_order}


def _rebuild(oracle: Oracle, folder: Path) -> None:
    """The state that the whole trials leave, numbered anew since keras-tuner counts them for the next one's number."""
    whole = sorted(filter(None, map(_ended, folder.glob("trial_*/trial.json"))), key=lambda trial: int(trial.trial_id))
    for place in folder.glob("trial_*"):
        shutil.rmtree(place)
    oracle.trials, oracle.ongoing_trials, oracle._retry_queue = {}, {}, []
    for number, trial in enumerate(whole):
        trial.trial_id = str(number).zfill(len(str(oracle.max_trials)))
        oracle.trials[trial.trial_id] = trial
        oracle._record_values(trial)
        oracle._save_trial(trial)
    oracle.start_order, oracle.end_order = [*oracle.trials], [*oracle.trials]
    oracle._seed_state += len(whole) * len(oracle.get_space().space)  # else it would draw what it has drawn
    oracle.save()


def _ended(file: Path) -> Trial | None:
    """A trial that is whole and has ended."""
    try:
        trial = Trial.load(str(file))
    except BROKEN:
        return None
    return trial if trial.status == TrialStatus.COMPLETED else None
