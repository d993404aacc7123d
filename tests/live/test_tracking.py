import numpy as np
import pytest

from mien.live.tracking import PATIENCE, SMOOTHING, Tracker

LEFT, RIGHT = (0, 0, 100, 100), (300, 0, 400, 100)
SURE, UNSURE = np.array([1.0, 0.0]), np.array([0.5, 0.5])


def moved(box, by):
    return tuple(edge + by for edge in box)


def ids(tracks):
    return [track.id for track in tracks]


def test_a_face_keeps_its_identity_whatever_the_order():
    tracker = Tracker()
    assert ids(tracker.update([LEFT, RIGHT], np.tile(SURE, (2, 1)), 0.0)) == [1, 2]
    assert ids(tracker.update([moved(RIGHT, 10), moved(LEFT, 10)], np.tile(SURE, (2, 1)), 0.04)) == [2, 1]


def test_two_faces_side_by_side_are_told_apart_together():
    tracker = Tracker()
    near = (60, 0, 160, 100)
    tracker.update([LEFT, near], np.tile(SURE, (2, 1)), 0.0)
    assert ids(tracker.update([moved(LEFT, 28), moved(near, 28)], np.tile(SURE, (2, 1)), 0.04)) == [1, 2]


def test_a_face_that_comes_back_in_time_is_the_same_one_and_later_another():
    tracker = Tracker()
    tracker.update([LEFT], SURE[None], 0.0)
    tracker.update([], np.empty((0, 2)), PATIENCE / 2)
    assert ids(tracker.update([LEFT], SURE[None], PATIENCE)) == [1]
    assert ids(tracker.update([LEFT], SURE[None], 2.1 * PATIENCE)) == [2]


def test_a_face_somewhere_else_is_another():
    tracker = Tracker()
    tracker.update([LEFT], SURE[None], 0.0)
    assert ids(tracker.update([RIGHT], SURE[None], 0.04)) == [2]


@pytest.mark.parametrize("rate", [5, 25, 100])
def test_smoothing_does_not_depend_on_the_frame_rate(rate):
    tracker = Tracker()
    tracker.update([LEFT], SURE[None], 0.0)
    for frame in range(1, rate + 1):
        (track,) = tracker.update([LEFT], UNSURE[None], frame / rate)
    expected = 0.5 + 0.5 * np.exp(-1 / SMOOTHING)
    np.testing.assert_allclose(track.scores, [expected, 1 - expected])


def test_a_face_without_an_answer_keeps_the_last_one():
    tracker = Tracker()
    tracker.update([LEFT], SURE[None], 0.0)
    (track,) = tracker.update([LEFT], np.full((1, 2), np.nan), 0.04)
    np.testing.assert_array_equal(track.scores, SURE)


def test_the_first_answer_counts_whole_after_none():
    tracker = Tracker()
    tracker.update([LEFT], np.full((1, 2), np.nan), 0.0)
    (track,) = tracker.update([LEFT], SURE[None], 0.04)
    np.testing.assert_array_equal(track.scores, SURE)
