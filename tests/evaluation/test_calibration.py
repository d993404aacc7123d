import numpy as np
import pytest
from scipy.special import softmax

from mien.evaluation import calibration

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def calibrated():
    """Logits of 20,000 faces, and labels drawn from just the probabilities that they state."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (20_000, 7))
    chance = softmax(logits, axis=1)
    truth = (random.random((len(chance), 1)) > chance.cumsum(axis=1)).sum(axis=1).clip(max=6)
    return truth, logits


def test_ece_of_a_case_done_by_hand():
    truth = np.array([0, 1, 0, 0])
    first = np.array([0.9, 0.9, 0.7, 0.7])  # in two of five bins: half right at 0.9, all right at 0.7
    found = calibration.ece(truth, np.column_stack([first, 1 - first]), bins=5)
    assert found == pytest.approx(0.5 * abs(0.5 - 0.9) + 0.5 * abs(1 - 0.7))


def test_reliability_bins_are_closed_above_and_nan_where_empty():
    first = np.array([0.5, 0.51, 1.0])
    found = calibration.reliability(np.array([0, 0, 1]), np.column_stack([first, 1 - first]), bins=4)
    np.testing.assert_allclose(found["share"], [0, 1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(found["confidence"], [np.nan, 0.5, 0.51, 1])
    np.testing.assert_allclose(found["accuracy"], [np.nan, 1, 1, 0])


def test_honest_probabilities_have_no_calibration_error(calibrated):
    truth, logits = calibrated
    assert calibration.ece(truth, softmax(logits, axis=1)) < 0.01
    assert calibration.ece(truth, softmax(3 * logits, axis=1)) > 0.1


@pytest.mark.parametrize("t", [0.5, 1.0, 3.0])
def test_the_temperature_that_spoilt_the_logits_is_found(calibrated, t):
    truth, logits = calibrated
    assert calibration.fit_temperature(truth, softmax(t * logits, axis=1)) == pytest.approx(t, rel=0.05)


def test_a_probability_of_zero_stays_finite():
    sure = np.eye(2, dtype=np.float32)
    assert np.isfinite(calibration.fit_temperature(np.array([0, 0]), sure))
