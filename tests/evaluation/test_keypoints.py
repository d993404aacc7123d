import numpy as np
import pytest

from mien.evaluation import keypoints
from mien.vocabulary.topology import KEYPOINTS15

NAMES = list(KEYPOINTS15)


@pytest.fixture
def marked():
    """Marked points of 40 faces in 10 groups, a third missing but for the eyes; points found nearby; groups."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(10, 90, (40, 15, 2))
    truth[:, 0], truth[:, 1] = rng.uniform((60, 30), (70, 40), (40, 2)), rng.uniform((25, 30), (35, 40), (40, 2))
    found = truth + rng.normal(0, np.linspace(1, 4, 40)[:, None, None], truth.shape)
    truth[:, 2:][rng.random((40, 13)) < 1 / 3] = np.nan
    return truth, found, np.arange(40) % 10


def by_hand(truth, found, which=range(15)):
    """Kaggle's score and the mean distance over that of the eyes, coordinate by coordinate."""
    squares, shares = [], []
    for face, points in zip(truth, found, strict=True):
        eyes = np.hypot(*(face[0] - face[1]))
        for k in which:
            if not np.isnan(face[k]).any() and not np.isnan(points[k]).any():
                squares += [(face[k][axis] - points[k][axis]) ** 2 for axis in (0, 1)]
                shares.append(np.hypot(*(face[k] - points[k])) / eyes)
    return (sum(squares) / len(squares)) ** 0.5, sum(shares) / len(shares)


def test_scores_are_those_worked_out_coordinate_by_coordinate(marked):
    truth, found, group = marked
    score = keypoints.score(truth, found, group)
    np.testing.assert_allclose([score["rmse_px"], score["nme"]], by_hand(truth, found))
    assert (score["n"], score["groups"], score["coverage"]) == (40, 10, 1.0)
    assert list(score["per_point"]) == NAMES
    for k, name in enumerate(NAMES):
        of_point = score["per_point"][name]
        np.testing.assert_allclose([of_point["rmse_px"], of_point["nme"]], by_hand(truth, found, [k]))
        assert of_point["n"] == np.isfinite(truth[:, k, 0]).sum()


def test_faces_that_were_not_found_lower_the_coverage_and_nothing_else(marked):
    truth, found, group = marked
    found[::4] = np.nan
    score = keypoints.score(truth, found, group)
    assert score["coverage"] == 0.75
    assert score["rmse_px"] == pytest.approx(by_hand(truth, found)[0])
    assert score["per_point"]["left_eye_center"]["n"] == 30


def test_a_detector_that_found_nothing_has_coverage_alone(marked):
    truth, found, group = marked
    score = keypoints.score(truth, np.full_like(found, np.nan), group)
    assert score["coverage"] == 0
    assert "rmse_px" not in score
    assert score["per_point"]["nose_tip"] == {"n": 0}


def test_intervals_are_those_of_whole_groups_drawn_again_and_again(marked):
    truth, found, group = marked
    rng = np.random.default_rng(1)
    distance = np.linalg.norm(found - truth, axis=2) / np.linalg.norm(truth[:, 0] - truth[:, 1], axis=1)[:, None]
    drawn = []
    for _ in range(1000):
        rows = np.concatenate([np.flatnonzero(group == name) for name in rng.choice(10, 10)])
        drawn.append((np.nanmean((found - truth)[rows] ** 2) ** 0.5, np.nanmean(distance[rows])))
    score = keypoints.score(truth, found, group)
    for name, values in zip(("rmse_px", "nme"), np.transpose(drawn), strict=True):
        np.testing.assert_allclose(score[f"{name}_ci95"], np.quantile(values, [0.025, 0.975]), rtol=0.06)
        assert score[f"{name}_ci95"][0] < score[name] < score[f"{name}_ci95"][1]


def test_one_group_alone_gives_no_room_to_an_interval(marked):
    truth, found, _ = marked
    score = keypoints.score(truth, found, np.zeros(40, int))
    np.testing.assert_allclose(score["rmse_px_ci95"], score["rmse_px"])


def test_arrays_that_do_not_belong_together_are_refused(marked):
    truth, found, group = marked
    with pytest.raises(ValueError, match=r"40 groups, truth of shape \(40, 15, 2\) and points of shape \(40, 68, 2\)"):
        keypoints.score(truth, np.zeros((40, 68, 2)), group)
    with pytest.raises(ValueError, match="39 groups"):
        keypoints.score(truth, found, group[1:])


def test_who_marks_every_point_otherwise_by_the_same_share_of_a_face_is_off_by_nothing_else(marked):
    truth, _, group = marked
    between = np.linalg.norm(truth[:, 0] - truth[:, 1], axis=-1)[:, None, None]
    other = np.random.default_rng(1).normal(0, 0.1, (15, 2))  # in distances between the eyes
    found = truth + other * between
    np.testing.assert_allclose(keypoints.offsets(truth, found), other)
    assert keypoints.score(truth, found, group)["rmse_px"] > 1
    assert keypoints.score(truth, keypoints.without_offsets(truth, found), group)["rmse_px"] == pytest.approx(
        0, abs=1e-9
    )


def test_a_point_that_nobody_marked_has_no_offset(marked):
    truth, found, _ = marked
    truth[:, 7] = np.nan
    offsets = keypoints.offsets(truth, found)
    assert (offsets[7] == 0).all()
    assert (offsets[[0, 1, 8]] != 0).all()
    np.testing.assert_array_equal(keypoints.without_offsets(truth, found)[:, 7], found[:, 7])
