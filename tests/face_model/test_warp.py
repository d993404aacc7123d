import numpy as np
import pytest

from mien.face_model import FaceModel, warp


@pytest.fixture(scope="module")
def mean():
    """(478, 2) the shipped model's mean shape, in shares of the picture."""
    return FaceModel.open().mean_shape[:, :2]


@pytest.fixture(scope="module")
def mesh(mean):
    return warp.Mesh(mean)


def test_the_mean_shape_moves_nothing(mesh, mean):
    columns, rows = np.meshgrid(np.arange(warp.CANVAS), np.arange(warp.CANVAS))
    np.testing.assert_allclose(mesh.forward(mean), np.stack([columns, rows], axis=-1), atol=1e-3)


def test_forward_takes_the_mean_points_to_the_face_s_points(mesh, mean):
    moved = mean * 1.1 - 0.03
    forward = mesh.forward(moved)
    at = np.round(warp.to_canvas(mean)).astype(int)
    expected = warp.to_canvas((at + 0.5 - warp.MARGIN) / warp.INSIDE * 1.1 - 0.03)  # the same map of the nearest pixel
    np.testing.assert_allclose(forward[at[:, 1], at[:, 0]], expected, atol=0.3)


def test_backward_undoes_forward(mesh, mean):
    """Where a picture's pixel comes from goes to that pixel again."""
    bent = mean + 0.02 * np.sin(7 * mean[:, ::-1])
    source = mesh.backward(bent, warp.INSIDE)  # a picture of the canvas's own scale
    forward = mesh.forward(bent)
    at = np.round(source).astype(int).clip(0, warp.CANVAS - 1)
    back = forward[at[..., 1], at[..., 0]] - warp.MARGIN
    columns, rows = np.meshgrid(np.arange(warp.INSIDE), np.arange(warp.INSIDE))
    assert np.abs(back - np.stack([columns, rows], axis=-1)).mean() < 0.6  # half a pixel is lost to rounding


def test_padding_keeps_the_picture_in_the_middle():
    image = np.random.default_rng(0).integers(0, 256, (warp.INSIDE, warp.INSIDE), np.uint8)
    canvas = warp.pad(image)
    middle = slice(warp.MARGIN, warp.MARGIN + warp.INSIDE)
    np.testing.assert_array_equal(canvas[middle, middle], image)
    assert (canvas[0, middle] == image[0]).all()


def test_a_mirrored_shape_folds_everything_and_the_mean_nothing(mesh, mean):
    assert mesh.folds(mean) == 0
    assert mesh.folds(mean * [-1, 1]) > 0.99
