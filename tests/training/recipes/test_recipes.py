"""What all recipes share; each model's own is tried in test_trials, as a search calls it."""

import numpy as np
import pytest
import xarray as xr
from keras_tuner import HyperParameters

from mien.training import recipes


def faces(emotion, split, group=None):
    n = len(emotion)
    coords = {"emotion": emotion, "split": split, "group": range(n) if group is None else group}
    return xr.Dataset(coords={name: ("face", np.array(values)) for name, values in coords.items()})


def test_copies_of_training_faces_and_faces_of_no_class_choose_nothing():
    emotion = [*range(7), 3, 3, -1]
    split = ["train"] * 7 + ["validation"] * 3
    rows = recipes.rows(faces(emotion, split, [*range(8), 3, 9]), "emotion7")
    assert rows.train.tolist() == [True] * 7 + [False] * 3
    assert np.flatnonzero(rows.validation).tolist() == [7]
    np.testing.assert_array_equal(rows.one_hot(rows.validation), np.eye(7)[[3]])


def test_a_training_set_without_a_class_says_so_and_keeps_a_place_for_it():
    with pytest.warns(UserWarning, match="no training face is labelled disgust"):
        rows = recipes.rows(faces([0, 2, 3, 4, 5, 6], ["train"] * 6), "emotion7")
    np.testing.assert_array_equal(rows.one_hot(rows.train), np.eye(7)[[0, 2, 3, 4, 5, 6]])


def test_a_training_set_of_one_class_is_refused():
    with pytest.raises(ValueError, match="no training face is labelled angry"):
        recipes.rows(faces([3, 3], ["train"] * 2), "emotion7")


def test_a_parameter_wins_over_a_search_and_a_search_over_a_default():
    hp = recipes.hyperparameters({"rate": 0.1}, {"rate": 0.2, "units": 64})
    asked = [
        hp.Float("rate", 0.0, 1.0, default=0.5),
        hp.Int("units", 8, 512, default=128),
        hp.Int("depth", 1, 4, default=3),
    ]
    assert asked == [0.1, 64, 3]
    assert isinstance(hp, HyperParameters)


def test_without_a_teacher_labels_are_what_they_are():
    y = np.eye(7)
    assert recipes.taught_by("", np.zeros((7, 48, 48), np.uint8), y, "emotion7") is y
