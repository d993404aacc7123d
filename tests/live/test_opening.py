import pytest

from mien import assets
from mien.live import opening
from mien.live.following import FollowingFinder


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
