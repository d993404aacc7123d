import numpy as np
import pytest

from mien.faces.cropping import crop, face_box
from mien.faces.detectors import Detection, EveryDetector, FirstDetector, HogDetector, cut_out
from mien.landmarks import bundle
from mien.landmarks.blaze_detector import BlazeDetector
from mien.landmarks.mesh_detector import MeshDetector


@pytest.fixture
def picture(portrait):
    """(340, 520, 3): the portrait at 150 pixels, and at 300."""
    picture = np.full((340, 520, 3), 128, np.uint8)
    picture[100:250, 20:170] = portrait[..., None]
    picture[20:320, 200:500] = np.kron(portrait, np.ones((2, 2), np.uint8))[..., None]
    return picture


@pytest.fixture(params=["hog", "blaze", "mesh"])
def find(request):
    made = {
        "hog": HogDetector,
        "blaze": lambda: BlazeDetector(bundle.models()),
        "mesh": lambda: MeshDetector(bundle.models()),
    }
    return made[request.param]().find


def middle(box):
    return (box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2


def test_every_face_is_found_the_largest_first(find, picture):
    large, small = (face.box for face in find(picture))
    assert middle(large) == pytest.approx((349.5, 169.5), abs=40)
    assert middle(small) == pytest.approx((94.5, 174.5), abs=20)
    assert (large[2] - large[0]) / (small[2] - small[0]) == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("made", [MeshDetector, BlazeDetector])
def test_detectors_frame_a_face_alike(made, picture):
    for one, other in zip(HogDetector().find(picture), made(bundle.models()).find(picture), strict=True):
        side = one.box[2] - one.box[0]
        assert other.box[2] - other.box[0] == pytest.approx(side, rel=0.2)
        assert middle(other.box) == pytest.approx(middle(one.box), abs=0.12 * side)


def test_no_face(find):
    assert find(np.full((300, 400, 3), 128, np.uint8)) == []


def test_a_large_picture_is_looked_at_smaller(picture):
    ((near, _), (shrunk,)) = (HogDetector(longest).find(picture) for longest in (1280, 260))
    assert middle(shrunk.box) == pytest.approx(middle(near.box), abs=16)


def test_a_face_in_a_video_is_found_where_it_has_gone(picture):
    detector = MeshDetector(bundle.models(), video=True)
    for frame in range(4):
        large, small = detector.find(np.roll(picture, 8 * frame, axis=1), frame / 25)
    assert middle(large.box) == pytest.approx((349.5 + 24, 169.5), abs=40)
    assert middle(small.box) == pytest.approx((94.5 + 24, 174.5), abs=20)
    assert large.mesh.shape == (478, 3)


def test_a_face_that_the_detector_has_lost_is_still_followed(picture, monkeypatch):
    detector = MeshDetector(bundle.models(), video=True)
    seen = detector.find(picture)
    monkeypatch.setattr("mien.landmarks.blazeface.find", lambda *_: np.empty((0, 8, 2)))
    assert len(detector.find(picture)) == len(seen) == 2
    assert detector.find(np.full_like(picture, 128)) == detector.find(picture) == []  # once it is gone it is not


class Fake:
    """Finds what it is told to."""

    def __init__(self, *found):
        self.found, self.asked = [*found], []

    def find(self, image, seconds=0.0):
        self.asked.append(seconds)
        return self.found


def test_every_detector_adds_the_faces_that_no_earlier_one_has_found():
    image, near, same, far = (
        np.zeros((9, 9, 3), np.uint8),
        Detection((0, 0, 10, 10)),
        Detection((1, 0, 11, 10)),
        Detection((20, 0, 40, 20)),
    )
    assert EveryDetector([Fake(near), Fake(same, far), Fake()]).find(image) == [far, near]
    assert EveryDetector([Fake(), Fake()]).find(image) == []


def test_the_next_detector_is_asked_where_the_first_finds_no_face():
    image, blind, sees = np.zeros((9, 9, 3), np.uint8), Fake(), Fake(Detection((0, 0, 9, 9)))
    assert FirstDetector([blind, sees]).find(image, 1.5) == sees.found
    assert blind.asked == sees.asked == [1.5]
    assert FirstDetector([sees, blind]).find(image, 2.5) == sees.found
    assert blind.asked == [1.5]
    assert FirstDetector([blind]).find(image) == []


def test_the_largest_face_is_cut_out_of_a_picture(picture):
    gray = picture[..., 0]
    cut, found = cut_out(gray, 64)
    assert found
    np.testing.assert_array_equal(cut, crop(gray, face_box(gray), 64))


def test_a_picture_without_a_face_is_taken_whole_and_that_is_said():
    picture = np.random.default_rng(0).integers(0, 256, (90, 120), np.uint8)
    cut, found = cut_out(picture, 48)
    assert not found
    np.testing.assert_array_equal(cut, crop(picture, (0, 0, 120, 90), 48))


def test_a_picture_too_small_to_search_is_a_face_already():
    picture = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    cut, found = cut_out(picture, 48)
    assert found
    np.testing.assert_array_equal(cut, picture)
