import numpy as np
import pytest

from mien.evaluation import findings, metrics


def change(gain, low, high, groups=10):
    return {"gain": gain, "gain_ci95": [low, high], "groups": groups}


@pytest.mark.parametrize(
    ("interval", "says"),
    [
        ((-0.01, 0.03), "no difference that chance would not make"),
        ((0.0, 0.03), "no difference that chance would not make"),
        ((0.01, 0.03), "more than chance would do"),
        ((-0.05, -0.01), "more than chance would do"),
    ],
)
def test_a_claim_is_what_its_interval_supports(interval, says):
    assert findings.verdict(change(np.mean(interval), *interval)) == says


@pytest.mark.parametrize(
    ("gain", "says"),
    [
        (0.012, "more faces are right (+1.2"),
        (-0.012, "fewer faces are right (-1.2"),
        (0, "as many faces are right (+0"),
    ],
)
def test_a_difference_is_told_in_points_with_its_direction_and_its_interval(gain, says):
    said = findings.difference("With all landmarks", "faces are right", change(gain, -0.02, 0.034))
    assert said.startswith(f"With all landmarks, {says}")
    assert said.endswith("points, 95 % interval -2.0 to +3.4): no difference that chance would not make")


@pytest.mark.parametrize(("groups", "counted"), [(1, "1 group"), (9, "9 groups")])
def test_few_groups_support_no_claim(groups, counted):
    group = np.arange(18) % groups
    lost = metrics.gain(np.ones((18, 1)), np.r_[np.zeros(2), np.ones(16)][:, None], group)
    assert findings.difference("With jaw", "are right", lost) == (
        f"With jaw, fewer are right (-11.1 points): {counted}, too few for any claim"
    )
    scores = metrics.score(np.arange(18) % 2, np.eye(2)[np.zeros(18, int)], ["sad", "happy"], group)
    assert findings.interval(scores, "accuracy") == f"{counted}: too few for an interval"


def test_an_interval_is_told_as_its_measure_is_written():
    scores = {"groups": 10, "rmse_px_ci95": [1.234, 2.0]}
    assert findings.interval(scores, "rmse_px", ".2f") == "95 % interval 1.23 to 2.00"


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"sad": 4, "happy": 10, "fear": 0}, "happy is 2.5 times as frequent as sad"),
        ({"sad": 4, "happy": 4, "fear": 0}, "all 2 are equally frequent"),
        ({"sad": 4, "happy": 0}, "all are sad"),
    ],
)
def test_classes_are_as_frequent_as_their_counts(counts, says):
    assert findings.balance(counts) == says
