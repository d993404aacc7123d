import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from mien.evaluation import metrics

pytestmark = pytest.mark.filterwarnings("error")

CLASSES = ["angry", "happy", "sad"]


def sure(predicted, k=3):
    """Probabilities of 1 for the predicted classes."""
    return np.eye(k)[predicted]


@pytest.fixture
def guesses():
    """Faces of three uneven classes, about two thirds of them predicted rightly."""
    random = np.random.default_rng(1)
    truth = random.choice(3, 600, p=[0.6, 0.3, 0.1])
    predicted = np.where(random.random(600) < 0.5, truth, random.integers(0, 3, 600))
    return truth, predicted


def test_score_of_a_case_done_by_hand():
    truth, predicted = np.array([0, 0, 0, 0, 1, 1, 2, 2]), [0, 0, 0, 1, 1, 0, 2, 1]
    found = metrics.score(truth, sure(predicted), CLASSES, np.arange(8))
    assert found["n"] == 8
    assert found["confusion"] == [[3, 1, 0], [1, 1, 0], [0, 1, 1]]
    assert found["accuracy"] == pytest.approx(5 / 8)
    assert found["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2 + 1 / 2) / 3)
    assert found["macro_f1"] == pytest.approx((3 / 4 + 2 / 5 + 2 / 3) / 3)
    assert found["per_class"]["happy"] == pytest.approx({"precision": 1 / 3, "recall": 1 / 2, "f1": 2 / 5, "n": 2})
    assert found["ece"] == pytest.approx(1 - 5 / 8)  # it was always sure


def test_score_agrees_with_scikit_learn(guesses):
    truth, predicted = guesses
    found = metrics.score(truth, sure(predicted), CLASSES, np.arange(600))
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, predicted))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert json.loads(json.dumps(found)) == found


def test_score_does_not_depend_on_the_order_of_faces_or_the_names_of_groups(guesses):
    truth, predicted = guesses
    group = np.random.default_rng(2).integers(0, 300, 600)
    order = np.random.default_rng(3).permutation(600)
    one = metrics.score(truth, sure(predicted), CLASSES, group)
    other = metrics.score(truth[order], sure(predicted)[order], CLASSES, group[order] + 1000)
    assert json.dumps(one) == json.dumps(other)


def test_interval_of_single_faces_is_that_of_theory():
    truth = np.zeros(2000, int)
    predicted = (np.arange(2000) >= 1400).astype(int)  # 70 % right
    low, high = metrics.bootstrap_ci(truth, predicted, 2, np.arange(2000))["accuracy_ci95"]
    half = 1.96 * np.sqrt(0.7 * 0.3 / 2000)
    assert (low, high) == pytest.approx((0.7 - half, 0.7 + half), abs=0.1 * half)


def test_copies_do_not_narrow_the_interval(guesses):
    truth, predicted = guesses

    def width(copies, group):
        low, high = metrics.bootstrap_ci(np.tile(truth, copies), np.tile(predicted, copies), 3, group)["accuracy_ci95"]
        return high - low

    faces = np.arange(600)
    grouped, naive = width(4, np.tile(faces, 4)), width(4, np.arange(2400))
    assert grouped == pytest.approx(width(1, faces))  # four copies tell nothing new
    assert naive == pytest.approx(grouped / 2, rel=0.15)  # 1 / sqrt(4)


def test_interval_agrees_with_a_plain_bootstrap_over_groups(guesses):
    truth, predicted = guesses
    group = np.sort(np.random.default_rng(2).integers(0, 60, 600))
    found = metrics.bootstrap_ci(truth, predicted, 3, group)
    random, members = np.random.default_rng(4), [np.flatnonzero(group == g) for g in np.unique(group)]
    plain = []
    for _ in range(500):
        rows = np.concatenate([members[g] for g in random.integers(0, len(members), len(members))])
        plain.append(f1_score(truth[rows], predicted[rows], average="macro"))
    assert found["macro_f1_ci95"] == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.01)


def test_intervals_are_reproducible_and_hold_their_score(guesses):
    truth, predicted = guesses
    found = metrics.score(truth, sure(predicted), CLASSES, np.arange(600), seed=5)
    assert found == metrics.score(truth, sure(predicted), CLASSES, np.arange(600), seed=5)
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        low, high = found[f"{name}_ci95"]
        assert 0 <= low < found[name] < high <= 1


def test_a_class_that_does_not_occur_counts_neither_for_nor_against():
    truth, predicted = np.array([0, 0, 1, 1]), [0, 0, 1, 1]
    found = metrics.score(truth, sure(predicted), CLASSES, np.arange(4))
    assert found["balanced_accuracy"] == found["macro_f1"] == 1
    assert found["macro_f1_ci95"] == [1, 1]
    assert found["per_class"]["sad"] == {"precision": 0, "recall": 0, "f1": 0, "n": 0}


@pytest.mark.parametrize(
    ("truth", "probabilities", "message"),
    [
        ([0, -1], sure([0, 1]), "unknown faces"),
        ([0, 3], sure([0, 1]), "3 classes"),
        ([0, 1], np.full((2, 3), np.nan), "finite"),
        ([0, 1], sure([0, 1], 4), "shape"),
    ],
)
def test_what_cannot_be_scored_is_refused(truth, probabilities, message):
    with pytest.raises(ValueError, match=message):
        metrics.score(truth, probabilities, CLASSES, np.arange(2))


def test_views_are_scores_of_their_faces(guesses):
    truth, predicted = guesses
    clean, detected = np.arange(600) >= 60, np.arange(600) % 4 > 0
    found = metrics.score_views(truth, sure(predicted), CLASSES, np.arange(600), clean, detected)
    assert {name: (view["n"], view["coverage"]) for name, view in found.items()} == {
        "all": (600, 0.75),
        "clean": (540, 0.75),
        "detected": (450, 1.0),
    }
    assert found["clean"]["accuracy"] == pytest.approx(np.mean(truth[60:] == predicted[60:]))
    assert found["detected"]["accuracy"] == pytest.approx(np.mean((truth == predicted)[detected]))


def test_views_of_a_model_without_landmarks_and_of_no_faces(guesses):
    truth, predicted = guesses
    found = metrics.score_views(truth, sure(predicted), CLASSES, np.arange(600), np.zeros(600, bool), None)
    assert found.keys() == {"all", "clean"}
    assert found["all"]["coverage"] == 1
    assert found["clean"] == {"n": 0, "coverage": 1}


def test_a_gain_is_of_the_same_faces():
    rng = np.random.default_rng(0)
    before = rng.random((2000, 1)) < 0.6
    mended = ~before & (rng.random((2000, 1)) < 0.1)
    found = metrics.gain(before.astype(float), (before | mended).astype(float), np.arange(2000))
    assert found["gain"] == pytest.approx(mended.mean())
    error = np.sqrt(mended.mean() * (1 - mended.mean()) / 2000)  # of a share; each face by itself would err by more
    np.testing.assert_allclose(found["gain_ci95"], mended.mean() + error * np.array([-1.96, 1.96]), atol=0.2 * error)


def test_a_gain_of_errors_is_finished_and_leaves_out_what_is_missing():
    before, after = np.array([[4.0, np.nan], [4.0, 4.0]]), np.array([[1.0, np.nan], [1.0, 1.0]])
    found = metrics.gain(before, after, np.arange(2), finish=np.sqrt)
    assert found == {"before": 2, "after": 1, "gain": -1, "gain_ci95": [-1, -1], "groups": 2}
