import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, mean_absolute_error

from mien.evaluation import ordinal

pytestmark = pytest.mark.filterwarnings("error")


def sure(predicted, k=4):
    """Probabilities of 1 for the predicted classes."""
    return np.eye(k)[predicted]


@pytest.fixture
def guesses():
    """Truth and answers that are mostly right or one step off."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 500)
    return truth, (truth + rng.integers(-1, 2, 500)).clip(0, 3)


def test_distances_of_a_case_done_by_hand():
    found = ordinal.score(np.array([0, 0, 1, 3]), sure([0, 2, 1, 0]), np.arange(4))
    assert found["mae"] == pytest.approx((0 + 2 + 0 + 3) / 4)


def test_scores_agree_with_scikit_learn(guesses):
    truth, predicted = guesses
    found = ordinal.score(truth, sure(predicted), np.arange(500))
    assert found["mae"] == pytest.approx(mean_absolute_error(truth, predicted))
    assert found["quadratic_kappa"] == pytest.approx(cohen_kappa_score(truth, predicted, weights="quadratic"))
    assert json.loads(json.dumps(found)) == found


def test_intervals_are_those_of_a_plain_bootstrap_over_groups(guesses):
    truth, predicted = guesses
    group = np.arange(500) // 2
    rng = np.random.default_rng(1)
    rows = [np.concatenate([2 * drawn, 2 * drawn + 1]) for drawn in rng.integers(0, 250, (400, 250))]
    kappa = [cohen_kappa_score(truth[r], predicted[r], weights="quadratic") for r in rows]
    error = [mean_absolute_error(truth[r], predicted[r]) for r in rows]
    found = ordinal.score(truth, sure(predicted), group)
    np.testing.assert_allclose(found["quadratic_kappa_ci95"], np.quantile(kappa, [0.025, 0.975]), atol=0.01)
    np.testing.assert_allclose(found["mae_ci95"], np.quantile(error, [0.025, 0.975]), atol=0.01)


def test_answers_that_are_all_right_have_an_error_of_none_and_a_kappa_of_one(guesses):
    truth, _ = guesses
    found = ordinal.score(truth, sure(truth), np.arange(500))
    assert found["mae"] == 0
    assert found["quadratic_kappa"] == 1
    assert found["quadratic_kappa_ci95"] == [1, 1]


def test_one_and_the_same_answer_is_no_better_than_chance(guesses):
    truth, _ = guesses
    assert ordinal.score(truth, sure(np.full(500, 1)), np.arange(500))["quadratic_kappa"] == 0
    alike = ordinal.score(np.full(9, 2), sure(np.full(9, 2)), np.arange(9))
    assert alike["mae"] == 0
    assert alike["quadratic_kappa"] == 0


def test_no_faces_have_no_score():
    assert ordinal.score(np.array([], int), np.empty((0, 4)), np.array([])) == {}
