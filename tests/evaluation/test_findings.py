import pytest

from mien.evaluation import findings


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
    assert findings.verdict(interval) == says


def test_a_difference_is_told_in_points_with_its_interval():
    assert findings.difference("With all landmarks", "more faces are right", 0.012, (-0.01, 0.034)) == (
        "With all landmarks, more faces are right (+1.2 points, 95 % interval -1.0 to +3.4): no difference that chance "
        "would not make"
    )
