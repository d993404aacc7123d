import numpy as np

from mien.faces import warping


def test_a_shift_moves_by_a_share_of_the_width():
    picture = np.zeros((48, 48), np.uint8)
    picture[20, 20] = 255
    moved = warping.warp(picture, shift=(0.125, -0.25))  # 6 pixels right, 12 up
    assert np.unravel_index(moved.argmax(), moved.shape) == (8, 26)


def test_a_quarter_turn_is_that_of_the_matrix(crops):
    turned = warping.warp(crops[0], turn=90)
    assert np.abs(turned.astype(int) - np.rot90(crops[0])).max() <= 1


def test_a_flip_is_the_mirror_image_and_goes_before_the_shift(crops):
    np.testing.assert_array_equal(warping.warp(crops[0], flip=True), crops[0][:, ::-1])
    both = warping.warp(crops[0], shift=(0.125, 0), flip=True)
    np.testing.assert_array_equal(both[:, 6:], crops[0][:, ::-1][:, :-6])


def test_a_zoom_leaves_the_middle_where_it_is():
    ramp = np.tile(np.arange(49, dtype=np.uint8) * 4, (49, 1))
    zoomed = warping.warp(ramp, zoom=2).astype(int)
    np.testing.assert_allclose(np.diff(zoomed[24, 2:-2]), 2, atol=1)
    assert abs(zoomed[24, 24] - ramp[24, 24]) <= 1
