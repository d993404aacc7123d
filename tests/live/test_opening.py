import cv2
import numpy as np
import pytest

from mien import assets
from mien.live import opening
from mien.live.following import FollowingFinder
from mien.live.stream import Frame


def test_without_mediapipes_file_auto_is_dlibs_detector_and_mesh_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with opening.watcher("small-emotion7", "auto") as watcher:
        assert isinstance(watcher.predictor.finder, FollowingFinder)
    with pytest.raises(assets.AssetUnavailable, match="is not there"), opening.watcher("small-emotion7", "mesh"):
        pass


def test_a_finder_that_is_not_there():
    with (
        pytest.raises(ValueError, match="no finder 'eyes': expected one of auto, hog, mesh"),
        opening.watcher("a", "eyes"),
    ):
        pass


@pytest.mark.skipif(not assets.at_hand(assets.FACE_LANDMARKER), reason="MediaPipe's model file is not at hand")
def test_a_face_too_small_for_mediapipe_is_found_all_the_same(portrait):
    frame = np.full((720, 1280, 3), 128, np.uint8)
    frame[300:540, 600:840] = cv2.resize(portrait, (240, 240))[..., None]  # under a fifth of its width
    with opening.watcher("small-emotion7", "mesh") as watcher:
        (face,) = watcher.look(Frame(frame, 0.0)).itertuples()
    assert face.left < 720 < face.right
    assert face.top < 420 < face.bottom
