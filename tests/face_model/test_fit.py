import numpy as np
import pytest
import xarray as xr

from mien.face_model import FaceModel, fit
from mien.vocabulary.labels import EMOTIONS


@pytest.fixture(scope="module")
def drawn():
    """Faces and meshes drawn from the shipped model: (faces, landmarks), with what must be left out at the end."""
    model = FaceModel.open()
    parts = [model.sample(40, code, seed=9) for code in range(len(EMOTIONS))]
    images = np.concatenate([model.render(*parameters, 48) for parameters in parts])
    points = np.concatenate([model.points(shape, 48) for shape, _ in parts])
    split = np.full(len(images), "train", object)
    points[-1] = np.nan  # not found
    points[-2, 0] += 60  # off the canvas
    split[-3] = "test"
    faces = xr.Dataset(
        {"image": (("face", "y", "x"), images)},
        {"emotion": ("face", np.repeat(np.arange(7), 40)), "split": ("face", split)},
    )
    blendshape = np.concatenate([model.blendshapes(shape) for shape, _ in parts])
    landmarks = xr.Dataset(
        {"points": (("face", "point", "axis"), points), "blendshape": (("face", "name"), blendshape)}
    )
    return faces, landmarks


def reconstruction_error(model, points):
    """Root mean square distance of meshes to their projections on the model's shapes."""
    flat = ((points + [0.5, 0.5, 0]) / 48 - model.mean_shape).reshape(len(points), -1)
    basis = np.linalg.qr(model.shape_basis.T)[0]
    return np.sqrt(np.mean((flat - flat @ basis @ basis.T) ** 2))


def test_more_components_leave_less_unexplained(drawn):
    points = drawn[1]["points"].values[:200]
    errors = [reconstruction_error(fit(*drawn, shapes=n, textures=5), points) for n in (2, 8, 24)]
    assert errors[0] > errors[1] > errors[2]


def test_what_was_drawn_is_found_again(drawn):
    """Means of the expressions, fitted to their faces, lie nearer to their own faces than to the others'."""
    model = fit(*drawn, shapes=20, textures=20)
    means = model.points(model.means[:, : model.shapes], 48)  # (7, 478, 3)
    points = drawn[1]["points"].values[:240].reshape(6, 40, 478, 3)
    np.testing.assert_allclose(means[:6], points.mean(axis=1), atol=0.5)


def test_faces_that_cannot_be_used_are_left_out(drawn):
    faces, landmarks = drawn
    model = fit(faces, landmarks, shapes=5, textures=5)
    kept = landmarks["points"].values[:-3]
    np.testing.assert_allclose(model.points(np.zeros((1, 5)), 48)[0], kept.mean(axis=0), atol=0.01)
