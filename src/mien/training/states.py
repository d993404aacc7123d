"""What a training resumes from: a folder an epoch, written aside and renamed whole.

`live.weights.h5` has the weights that learn and what the optimiser knows, `random.npz` where the generators stand that
dropout draws from, which Keras saves nowhere, `best.npz` the averaged weights that validated best so far, `history.csv`
a row of measures an epoch. The state before is kept until the next is there.
"""

import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from keras import ops

from mien.engine import store

LIVE, RANDOM, BEST, HISTORY = "live.weights.h5", "random.npz", "best.npz", "history.csv"

UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What h5py, NumPy and pandas raise of a damaged file."""


def found(folder: Path) -> list[Path]:
    """The states in a folder, the oldest first."""
    return sorted(folder.glob("epoch-*"))


def keep(folder: Path, model: keras.Model, best: list[np.ndarray], history: pd.DataFrame) -> None:
    """Write the state after an epoch, and remove all but the one before."""
    with store.aside(folder / f"epoch-{len(history):05d}") as temporary:
        temporary.mkdir()
        model.save_weights(temporary / LIVE)
        np.savez(temporary / RANDOM, *map(ops.convert_to_numpy, _generators(model)))
        np.savez(temporary / BEST, *best)
        history.to_csv(temporary / HISTORY, index=False)
    for old in found(folder)[:-2]:
        store.remove(old)


def seconds(folder: Path) -> float:
    """How long the epochs took to the newest state, all starts together."""
    return float(pd.read_csv(found(folder)[-1] / HISTORY)["seconds"].iloc[-1])


def resume(folder: Path, model: keras.Model) -> tuple[list[np.ndarray] | None, pd.DataFrame]:
    """Bring a model to its newest state that can be read; one that cannot is set aside, and said.

    Args:
        folder: of the states.
        model: compiled; left as it was where there is no state.

    Returns:
        The best weights, None where there are none, and a row of measures an epoch.
    """
    for half in folder.glob(".*.epoch-*"):  # of a start that was killed while it wrote
        store.remove(half)
    before, generators = model.get_weights(), [ops.convert_to_numpy(own) for own in _generators(model)]
    for path in reversed(found(folder)):
        try:
            return _read(path, model)
        except UNREADABLE as error:
            aside = path.with_name(f"unreadable-{path.name}")
            store.remove(aside)
            path.replace(aside)
            how = "the training goes on from the state before, or begins anew where there is none"
            warnings.warn(f"{path} cannot be read ({error}): {how}", stacklevel=3)
    model.set_weights(before)  # a state may have been read in part
    _set(_generators(model), generators)
    return None, pd.DataFrame()


def _read(path: Path, model: keras.Model) -> tuple[list[np.ndarray], pd.DataFrame]:
    history = pd.read_csv(path / HISTORY, float_precision="round_trip")
    if len(history) != (epochs := int(path.name.rpartition("-")[2])):
        raise ValueError(f"{HISTORY} has {len(history)} rows, expected {epochs}")
    with np.load(path / BEST) as file:
        best = [file[name] for name in file.files]
    with np.load(path / RANDOM) as file:
        generators = [file[name] for name in file.files]
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path / LIVE)
    _set(_generators(model), generators)
    return best, history


def _generators(model: keras.Model) -> list[keras.Variable]:
    """The states of the random generators in a model."""
    saved = {id(weights) for weights in model.weights}
    return [variable for variable in model.variables if id(variable) not in saved]


def _set(variables: list[keras.Variable], values: list[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
