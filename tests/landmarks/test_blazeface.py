import numpy as np
import pytest

from mien.landmarks import blazeface, bundle


@pytest.fixture(scope="module")
def models():
    return bundle.models()


def placed(portrait, left, top, height=300, width=400):
    picture = np.full((height, width, 3), 128, np.uint8)
    picture[top : top + 150, left : left + 150] = portrait[..., None]
    return picture


def test_there_is_an_anchor_for_every_answer():
    """16x16 cells of two and 8x8 of six, in the order of MediaPipe's `SsdAnchorsCalculator`: row by row."""
    assert blazeface.ANCHORS.shape == (896, 2)
    np.testing.assert_allclose(
        blazeface.ANCHORS[[0, 1, 2, 32, 511]] * 16, [[0.5, 0.5]] * 2 + [[1.5, 0.5], [0.5, 1.5], [15.5, 15.5]]
    )
    np.testing.assert_allclose(blazeface.ANCHORS[[512, 517, 518, 895]] * 8, [[0.5, 0.5]] * 2 + [[1.5, 0.5], [7.5, 7.5]])


def test_an_answer_is_in_pixels_from_its_anchor():
    answer = np.zeros((1, 16))
    answer[0, :6] = 12.8, -12.8, 25.6, 51.2, 64, 0  # middle, size, first key point
    (points,) = blazeface.decoded(answer, np.array([[0.5, 0.5]]))
    np.testing.assert_allclose(points[:4], [[0.5, 0.2], [0.7, 0.6], [1, 0.5], [0.5, 0.5]])


def test_answers_that_overlap_are_one_face_weighted_by_their_scores():
    def box(left):
        return np.array([[left, 0], [left + 10, 10], *[[left, 5]] * 6], float)

    found = blazeface.suppressed(np.stack([box(50), box(2), box(0)]), np.array([0.2, 0.3, 0.9]))
    np.testing.assert_allclose(found, [box(0.5), box(50)])  # (0.9 * 0 + 0.3 * 2) / 1.2
    apart = blazeface.suppressed(np.stack([box(0), box(4)]), np.array([0.9, 0.3]))
    assert len(apart) == 2  # 60 of 140 in common


def test_no_answer_is_no_face():
    assert blazeface.suppressed(np.empty((0, 8, 2)), np.empty(0)).shape == (0, 8, 2)


def test_key_points_lie_on_what_they_are_named_after(models, portrait):
    (face,) = blazeface.find(models, placed(portrait, 0, 0, 150, 150))
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face[2:]
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < mouth[1]
    assert (face[0] < face[2:6].min(axis=0)).all()
    assert (face[1] > face[2:6].max(axis=0)).all()


@pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300), (301, 501)])
def test_a_face_is_found_where_it_is_in_pictures_of_any_form(models, portrait, height, width):
    (at,) = blazeface.find(models, placed(portrait, 20, 30, 200, 200))
    (moved,) = blazeface.find(models, placed(portrait, 120, 110, height, width), 0.3)
    np.testing.assert_allclose(moved[:6] - at[:6], np.broadcast_to([100, 80], (6, 2)), atol=8)


def test_nothing_is_found_on_nothing(models):
    assert blazeface.find(models, np.full((300, 400, 3), 128, np.uint8), 0.1).shape == (0, 8, 2)
