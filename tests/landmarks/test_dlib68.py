import cv2
import numpy as np
import xarray as xr

from mien.landmarks import dlib68
from mien.vocabulary import topology


def test_points_lie_where_the_features_are(portrait):
    """The astronaut's eyes, nose and mouth, read off the picture by eye, to within a tenth of the eye distance."""
    image = cv2.resize(portrait, (96, 96), interpolation=cv2.INTER_AREA)
    points, detected = dlib68.landmarks(image)
    assert detected
    right, left = topology.eye_centres(points)
    assert right[0] < left[0]  # the subject's right eye is on the viewer's left
    nose, mouth, chin = points[30], points[list(topology.DLIB_REGIONS["mouth"])].mean(axis=0), points[8]
    assert max(right[1], left[1]) < nose[1] < mouth[1] < chin[1]
    assert right[0] < nose[0] < left[0]


def test_points_do_not_depend_on_the_size_of_the_picture(portrait):
    small, large = (cv2.resize(portrait, (size, size), interpolation=cv2.INTER_AREA) for size in (48, 144))
    (a, _), (b, _) = dlib68.landmarks(small), dlib68.landmarks(large)
    assert np.linalg.norm(a - (b + 0.5) / 3 + 0.5, axis=-1).mean() < 0.05 * topology.interocular(a)


def test_a_shifted_face_has_shifted_points(portrait):
    image = cv2.resize(portrait, (96, 96), interpolation=cv2.INTER_AREA)
    shifted = np.roll(image, (2, -3), axis=(0, 1))
    (a, _), (b, _) = dlib68.landmarks(image), dlib68.landmarks(shifted)
    np.testing.assert_allclose((b - a).mean(axis=0), [-3, 2], atol=0.5)


def test_a_face_that_is_not_found_keeps_its_row_with_the_points_of_the_whole_picture(crops):
    faces = xr.Dataset({"image": (("face", "y", "x"), crops[-3:])}, {"id": ("face", list("abc"))})
    found = dlib68.detect(faces)
    assert found["detected"].values.tolist()[-1] is False
    assert found["detected"].values[:2].any()
    middle = found["points"].values[-1].mean(axis=0)
    np.testing.assert_allclose(middle, [24, 24], atol=12)
    assert found["id"].values.tolist() == list("abc")


def test_no_faces_give_no_rows():
    faces = xr.Dataset({"image": (("face", "y", "x"), np.zeros((0, 48, 48), np.uint8))})
    assert dlib68.detect(faces)["points"].shape == (0, 68, 2)
