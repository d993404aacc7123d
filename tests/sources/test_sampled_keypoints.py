import numpy as np
import pytest

from mien.face_model import FaceModel
from mien.sources import sampled_keypoints
from mien.vocabulary import topology

LEFT, RIGHT, NOSE = (
    list(topology.KEYPOINTS15).index(f"{name}") for name in ("left_eye_center", "right_eye_center", "nose_tip")
)


@pytest.fixture(scope="module")
def drawn():
    return sampled_keypoints.draw(28)


def test_same_seed_same_faces(drawn):
    for part, again in zip(drawn, sampled_keypoints.draw(28), strict=True):
        np.testing.assert_array_equal(part, again)
    assert not np.array_equal(drawn[0], sampled_keypoints.draw(28, seed=1)[0])


def test_they_are_pictures_of_96_pixels_with_all_points_in_their_places(drawn):
    pictures, points = drawn
    assert (pictures.shape, pictures.dtype) == ((28, 96, 96), np.uint8)
    assert points.shape == (28, 15, 2)
    assert (points[:, LEFT, 0] > points[:, RIGHT, 0]).all()  # the subject's left is the viewer's right
    assert (points[:, NOSE, 1] > points[:, [LEFT, RIGHT], 1].min(axis=1)).all()


def test_heads_are_turned_to_both_sides_further_than_the_model_draws_them(drawn):
    def aside(points):
        """Where the nose is between the eyes, in distances between these."""
        middle, eyes = points[:, [LEFT, RIGHT]].mean(axis=1), points[:, LEFT] - points[:, RIGHT]
        return ((points[:, NOSE] - middle) * eyes).sum(axis=1) / np.square(eyes).sum(axis=1)

    model = FaceModel.open()
    plain = model.points(model.sample(200, 6, 0)[0], 96)[..., :2]
    unturned = aside(topology.as_keypoints15(topology.as_dlib68(plain)))
    turned = aside(drawn[1])
    assert turned.std() > 1.3 * unturned.std()
    assert turned.min() < 0 < turned.max()


def test_none_can_be_drawn():
    pictures, points = sampled_keypoints.draw(0)
    assert (len(pictures), points.shape) == (0, (0, 15, 2))
