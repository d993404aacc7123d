import keras
import numpy as np
import pytest
from scipy.special import softmax

from mien.engine import store
from mien.models.probabilities import with_probabilities
from mien.vocabulary import labels

ROWS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


@pytest.fixture
def logits():
    """A model of logits of seven classes."""
    inputs = keras.Input((3,))
    return keras.Model(inputs, keras.layers.Dense(7)(inputs))


def test_probabilities_are_the_softmax_of_logits_over_the_temperature(logits):
    expected = softmax(logits.predict(ROWS, verbose=0) / 2.5, axis=1)
    np.testing.assert_allclose(with_probabilities(logits, 2.5).predict(ROWS, verbose=0), expected, rtol=1e-5)


@pytest.mark.parametrize("target", labels.TARGETS)
def test_expressions_are_folded_to_the_classes_of_a_target_in_its_file_too(logits, target, tmp_path):
    expected = labels.TARGETS[target].fold(softmax(logits.predict(ROWS, verbose=0), axis=1))
    model = with_probabilities(logits, 1.0, target)
    store.save_model(model, tmp_path / "model.keras", half=True)
    for found in (model, store.open_model(tmp_path / "model.keras")):
        np.testing.assert_allclose(found.predict(ROWS, verbose=0), expected, atol=2e-3)  # the weights are halved


def test_a_model_comes_back_from_its_file_as_it_was(logits, tmp_path):
    model = with_probabilities(logits, 2.5)
    store.save_model(model, tmp_path / "model.keras")
    again = store.open_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(ROWS, verbose=0), model.predict(ROWS, verbose=0))
