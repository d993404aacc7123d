import numpy as np
import pytest

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
