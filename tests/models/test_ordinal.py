import numpy as np
import pytest
from scipy.special import expit

from mien.engine import store
from mien.models import export, litert, ordinal

WEIGHTS, THRESHOLDS = np.array([3.0, -1.0]), np.array([-4.0, 0.0, 4.0])


@pytest.fixture(scope="module")
def rows():
    """Standardised numbers, and classes drawn from a proportional-odds model of them."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    return x, np.digitize(x @ WEIGHTS + rng.logistic(size=4000), THRESHOLDS)


@pytest.fixture(scope="module")
def model(rows):
    return ordinal.build(alpha=1e-3).fit(*rows)


def test_it_finds_the_direction_that_the_classes_were_drawn_along(model):
    found = model[-1].coef_ / model[0].scale_
    np.testing.assert_allclose(found / np.linalg.norm(found), WEIGHTS / np.linalg.norm(WEIGHTS), atol=0.03)


def test_probabilities_are_those_of_the_model_that_drew_the_classes(rows, model):
    passed = expit(THRESHOLDS - (rows[0] @ WEIGHTS)[:, None])  # (row, threshold): at most this class
    expected = np.diff(passed, prepend=0, append=1)
    found = model.predict_proba(rows[0])
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert np.abs(found - expected).mean() < 0.02


def test_more_of_the_first_number_never_means_a_lower_class(model):
    line = np.column_stack([np.linspace(-4, 4, 200), np.zeros(200)])
    assert (np.diff(model.predict_proba(line).argmax(axis=1)) >= 0).all()


def test_units_do_not_matter(rows, model):
    x, y = rows
    other = ordinal.build(alpha=1e-3).fit(x * [100, 0.01] + 7, y)
    np.testing.assert_allclose(other.predict_proba(x * [100, 0.01] + 7), model.predict_proba(x), atol=1e-3)


def test_it_is_saved_and_opened_without_change(rows, model, tmp_path):
    store.save_estimator(model, tmp_path / "model.skops")
    opened = store.open_estimator(tmp_path / "model.skops")
    np.testing.assert_array_equal(opened.predict_proba(rows[0]), model.predict_proba(rows[0]))


def test_as_a_network_it_gives_the_same_probabilities(rows, model, tmp_path):
    network = ordinal.as_network(model, "numbers")
    expected = model.predict_proba(rows[0][:100])
    np.testing.assert_allclose(network.predict(rows[0][:100], verbose=0), expected, atol=1e-5)
    export.to_litert(network, tmp_path / "model.tflite")
    found = litert.Network(tmp_path / "model.tflite")({"numbers": rows[0][:100]})
    np.testing.assert_allclose(found, expected, atol=1e-5)
