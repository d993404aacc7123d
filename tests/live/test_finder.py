import os

import numpy as np
import pytest

from mien.live.finder import FirstFinder, Found, HogFinder

with_mesh = pytest.mark.skipif("MIEN_ASSETS" not in os.environ, reason="needs MIEN_ASSETS with MediaPipe's model file")


@pytest.fixture
def picture(portrait):
    """(340, 520, 3): the portrait at 150 pixels, and at 300."""
    picture = np.full((340, 520, 3), 128, np.uint8)
    picture[100:250, 20:170] = portrait[..., None]
    picture[20:320, 200:500] = np.kron(portrait, np.ones((2, 2), np.uint8))[..., None]
    return picture


@pytest.fixture(params=["hog", pytest.param("mesh", marks=with_mesh)])
def find(request):
    if request.param == "hog":
        yield HogFinder().find
        return
    from mien.live.mesh import MeshFinder

    with MeshFinder(faces=4) as finder:
        yield finder.find


def middle(box):
    return (box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2


def test_every_face_is_found_the_largest_first(find, picture):
    large, small = (face.box for face in find(picture))
    assert middle(large) == pytest.approx((349.5, 169.5), abs=40)
    assert middle(small) == pytest.approx((94.5, 174.5), abs=20)
    assert (large[2] - large[0]) / (small[2] - small[0]) == pytest.approx(2, rel=0.15)


@with_mesh
def test_both_finders_frame_a_face_alike(picture):
    from mien.live.mesh import MeshFinder

    with MeshFinder(faces=4) as mesh:
        for one, other in zip(HogFinder().find(picture), mesh.find(picture), strict=True):
            side = one.box[2] - one.box[0]
            assert other.box[2] - other.box[0] == pytest.approx(side, rel=0.2)
            assert middle(other.box) == pytest.approx(middle(one.box), abs=0.12 * side)


def test_no_face(find):
    assert find(np.full((300, 400, 3), 128, np.uint8)) == []


def test_a_large_picture_is_looked_at_smaller(picture):
    ((near, _), (shrunk,)) = (HogFinder(longest).find(picture) for longest in (1280, 260))
    assert middle(shrunk.box) == pytest.approx(middle(near.box), abs=16)


@with_mesh
def test_a_face_in_a_video_is_found_where_it_has_gone(picture):
    from mien.live.mesh import MeshFinder

    with MeshFinder(faces=4, video=True) as mesh:
        for frame in range(4):
            found = mesh.find(np.roll(picture, 8 * frame, axis=1), frame / 25)
        assert middle(found[0].box) == pytest.approx((349.5 + 24, 169.5), abs=40)
        assert found[0].mesh.shape == (478, 3)
        assert mesh.find(picture, 3 / 25)  # a time that does not rise is no error


class Fake:
    """Finds what it is told to."""

    def __init__(self, *found):
        self.found, self.asked = [*found], []

    def find(self, image, seconds=0.0):
        self.asked.append(seconds)
        return self.found


def test_the_next_finder_is_asked_where_the_first_finds_no_face():
    image, blind, sees = np.zeros((9, 9, 3), np.uint8), Fake(), Fake(Found((0, 0, 9, 9)))
    assert FirstFinder([blind, sees]).find(image, 1.5) == sees.found
    assert blind.asked == sees.asked == [1.5]
    assert FirstFinder([sees, blind]).find(image, 2.5) == sees.found
    assert blind.asked == [1.5]
    assert FirstFinder([blind]).find(image) == []
