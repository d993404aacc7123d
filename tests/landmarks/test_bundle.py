import cv2
import numpy as np
import pytest

from mien.engine import assets
from mien.landmarks import bundle

NOISE = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)


def test_what_is_not_turned_or_scaled_is_as_it_was():
    (cut,) = bundle.cut(NOISE, np.array([[1.0, 0, 3], [0, 1, 5]]), 10, cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(cut, NOISE[5:15, 3:13])


def test_a_quarter_turn_is_one():
    (cut,) = bundle.cut(NOISE, np.array([[0, -1.0, 19], [1.0, 0, 0]]), 20, cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(cut, np.rot90(NOISE))


def test_between_two_pixels_lies_their_mean_rounded_up():
    (cut,) = bundle.cut(NOISE, np.array([[1.0, 0, 0.5], [0, 1, 0]]), 19, cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(cut, (NOISE[:19, :-1].astype(int) + NOISE[:19, 1:] + 1) // 2)


@pytest.mark.parametrize(("border", "outside"), [(cv2.BORDER_CONSTANT, 0), (cv2.BORDER_REPLICATE, NOISE[0, 0])])
def test_outside_the_picture(border, outside):
    (cut,) = bundle.cut(NOISE, np.array([[1.0, 0, -8], [0, 1, -8]]), 8, border)
    assert (cut == outside).all()


def test_without_the_models_it_says_so(no_models):
    with pytest.raises(assets.AssetUnavailable, match="face_landmarker.task is not there"):
        bundle.models()
