import numpy as np
import pytest

from mien.assets import AssetUnavailable
from mien.live import finders
from mien.live.finder import HogFinder
from mien.live.following import FollowingFinder


def test_without_mediapipes_models_dlibs_detector_looks_and_that_is_said(no_models):
    with pytest.warns(UserWarning, match="face_landmarker.task is not there.*dlib's detector looks for faces"):
        assert isinstance(finders.named(), HogFinder)
    with pytest.warns(UserWarning, match="is not there"):
        assert isinstance(finders.named("blaze", video=True), FollowingFinder)


def test_who_asks_for_the_mesh_and_cannot_have_it_is_told(no_models):
    with pytest.raises(AssetUnavailable, match="is not there"):
        finders.named("mesh")


@pytest.mark.parametrize("content", [b"", b"PK", b"<!DOCTYPE html>"])
def test_a_file_that_is_not_mediapipes_is_named_and_dlibs_detector_looks(tmp_path, monkeypatch, content):
    (tmp_path / "face_landmarker.task").write_bytes(content)
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with pytest.warns(UserWarning, match="is not MediaPipe's face landmarker.*sha256 64184e229b26"):
        assert isinstance(finders.named(), HogFinder)


def test_a_finder_that_is_not_there():
    with pytest.raises(ValueError, match="no finder 'eyes': expected one of blaze, mesh, hog"):
        finders.named("eyes")


@pytest.mark.parametrize("name", finders.FINDERS)
@pytest.mark.parametrize("video", [False, True])
def test_every_finder_finds_a_face_where_it_is(name, video, portrait, monkeypatch):
    if name != "hog":  # by itself
        monkeypatch.setattr(HogFinder, "find", lambda *_: [])
    picture = np.full((340, 520, 3), 128, np.uint8)
    picture[20:320, 200:500] = np.kron(portrait, np.ones((2, 2), np.uint8))[..., None]
    (face,) = finders.named(name, video).find(picture)
    left, top, right, bottom = face.box
    assert (left + right) / 2 == pytest.approx(350, abs=40)
    assert (top + bottom) / 2 == pytest.approx(170, abs=40)
