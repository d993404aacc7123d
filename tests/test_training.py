import keras
import numpy as np
import pytest
from scipy.special import softmax

from mien import store, training


def test_weights_of_full_power_make_classes_weigh_alike():
    labels = np.repeat([0, 1, 2], [10, 40, 250])
    weights = training.class_weights(labels, power=1)
    assert np.allclose([10 * weights[0], 40 * weights[1], 250 * weights[2]], 100)


def test_weights_without_power_leave_faces_alike():
    assert training.class_weights(np.array([0, 0, 1]), power=0) == {0: 1, 1: 1}


@pytest.fixture
def logits():
    inputs = keras.Input((3,))
    return keras.Model(inputs, keras.layers.Dense(4)(inputs))


def test_probabilities_are_the_softmax_of_logits_over_the_temperature(logits):
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    expected = softmax(logits.predict(rows, verbose=0) / 2.5, axis=1)
    model = training.with_probabilities(logits, 2.5)
    np.testing.assert_allclose(model.predict(rows, verbose=0), expected, rtol=1e-5)


def test_a_model_comes_back_from_its_file_as_it_was(logits, tmp_path):
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    model = training.with_probabilities(logits, 2.5)
    store.save_model(model, tmp_path / "model.keras")
    again = store.open_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(rows, verbose=0), model.predict(rows, verbose=0))
