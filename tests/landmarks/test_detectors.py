import cv2
import numpy as np
import pytest
from skimage import data

from mien.engine.assets import AssetUnavailable
from mien.faces.detectors import HogDetector
from mien.landmarks import detectors
from mien.landmarks.following import FollowingDetector


def test_without_mediapipes_models_dlibs_detector_looks_and_that_is_said(no_models):
    with pytest.warns(UserWarning, match="face_landmarker.task is not there.*dlib's detector looks for faces"):
        assert isinstance(detectors.named(), HogDetector)
    with pytest.warns(UserWarning, match="is not there"):
        assert isinstance(detectors.named("blaze", video=True), FollowingDetector)


def test_who_asks_for_the_mesh_and_cannot_have_it_is_told(no_models):
    with pytest.raises(AssetUnavailable, match="is not there"):
        detectors.named("mesh")


@pytest.mark.parametrize("content", [b"", b"PK", b"<!DOCTYPE html>"])
def test_a_file_that_is_not_mediapipes_is_named_and_dlibs_detector_looks(tmp_path, monkeypatch, content):
    (tmp_path / "face_landmarker.task").write_bytes(content)
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with pytest.warns(UserWarning, match="is not MediaPipe's face landmarker.*sha256 64184e229b26"):
        assert isinstance(detectors.named(), HogDetector)


def test_a_detector_that_is_not_there():
    with pytest.raises(ValueError, match="no detector 'eyes': expected one of blaze, mesh, hog"):
        detectors.named("eyes")


@pytest.mark.parametrize("name", detectors.DETECTORS)
@pytest.mark.parametrize("video", [False, True])
def test_every_detector_finds_a_face_where_it_is(name, video, portrait, monkeypatch):
    if name != "hog":  # by itself
        monkeypatch.setattr(HogDetector, "find", lambda *_: [])
    picture = np.full((340, 520, 3), 128, np.uint8)
    picture[20:320, 200:500] = np.kron(portrait, np.ones((2, 2), np.uint8))[..., None]
    (face,) = detectors.named(name, video).find(picture)
    left, top, right, bottom = face.box
    assert (left + right) / 2 == pytest.approx(350, abs=40)
    assert (top + bottom) / 2 == pytest.approx(170, abs=40)


@pytest.fixture(scope="module")
def person() -> np.ndarray:
    """NASA's portrait of Eileen Collins, head and shoulders: (520, 520, 3)."""
    return np.kron(data.astronaut()[:260, 90:350], np.ones((2, 2, 1), np.uint8))


LIGHTS = {
    "dark": lambda image: image / 8,
    "overexposed": lambda image: image * 2.5,
    "lit from one side": lambda image: image * np.linspace(0.1, 1.2, image.shape[1])[:, None],
    "blue": lambda image: image * [0.15, 0.3, 1],
    "against the light": lambda image: np.where(np.arange(len(image))[:, None, None] < 100, 255, image / 5),
    "narrowed": lambda image: image[:, ::2],
    "widened": lambda image: image[::2],
}


@pytest.mark.parametrize("light", LIGHTS)
def test_a_face_is_found_once_in_every_light(light, person):
    seen = np.uint8(LIGHTS[light](person.astype(float)).clip(0, 255))
    (face,) = detectors.named().find(seen)
    left, top, right, bottom = face.box
    height, width = seen.shape[:2]
    assert (left + right) / 2 == pytest.approx(0.52 * width, abs=0.06 * width)
    assert (top + bottom) / 2 == pytest.approx(0.45 * height, abs=0.06 * height)


def test_every_face_of_a_group_is_found_and_none_in_what_lies_about(person):
    wall = np.full((1500, 2000, 3), 100, np.uint8)
    small = cv2.resize(person, (230, 230), interpolation=cv2.INTER_AREA)  # faces of about 100 pixels
    places = [(60 + 475 * x, 75 + 450 * y) for x in range(4) for y in range(3)]
    for left, top in places:
        wall[top : top + 230, left : left + 230] = small
    boxes = np.array([face.box for face in detectors.named().find(wall)])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    expected = np.array(places) + [0.52 * 230, 0.45 * 230]
    off = np.linalg.norm(middles[:, None] - expected, axis=-1)  # (found, place)
    assert len(boxes) == len(places)
    assert off.min(axis=0).max() < 15
    assert detectors.named().find(cv2.resize(np.dstack([data.brick()] * 3), (2000, 2000))) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (3000, 1), (2, 40)])
@pytest.mark.parametrize("name", detectors.DETECTORS)
def test_lines_and_dots_show_no_face(name, shape):
    assert detectors.named(name).find(np.full((*shape, 3), 128, np.uint8)) == []
