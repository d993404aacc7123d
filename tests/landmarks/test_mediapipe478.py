import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import xarray as xr

from mien import assets
from mien.landmarks import dlib68, mediapipe478

needs_model = pytest.mark.skipif(
    not os.environ.get("MIEN_ASSETS"), reason="wants MediaPipe's model file in the folder that MIEN_ASSETS names"
)


def as_faces(*images):
    return xr.Dataset(
        {"image": (("face", "y", "x"), np.stack(images))}, {"id": ("face", list("abcdef")[: len(images)])}
    )


@needs_model
def test_the_mesh_lies_where_another_detector_finds_the_same_points(portrait):
    """Corners of the eyes and of the mouth, tip of the nose, against dlib."""
    image = cv2.resize(portrait, (96, 96), interpolation=cv2.INTER_AREA)
    mesh = mediapipe478.detect(as_faces(image))["points"].values[0]
    other, _ = dlib68.landmarks(image)
    mine, theirs = [33, 263, 61, 291, 1], [36, 45, 48, 54, 30]
    eyes = np.linalg.norm(other[36] - other[45])
    assert np.linalg.norm(mesh[mine, :2] - other[theirs], axis=-1).max() < 0.15 * eyes


@needs_model
def test_depth_grows_away_from_the_viewer(portrait):
    mesh = mediapipe478.detect(as_faces(portrait))["points"].values[0]
    assert mesh[1, 2] < mesh[33, 2] < mesh[234, 2]  # tip of the nose, corner of the eye, beside the ear


@needs_model
def test_blendshapes_are_named_scores(portrait):
    found = mediapipe478.detect(as_faces(portrait))
    scores = found["blendshape"].sel(name=["mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "eyeBlinkLeft"])
    smile_left, smile_right, frown, blink = scores.values[0]
    assert min(smile_left, smile_right) > 0.5 > max(frown, blink)  # she smiles, with open eyes


@needs_model
def test_a_picture_without_a_face_keeps_its_row(portrait):
    blank = np.zeros_like(portrait)
    found = mediapipe478.detect(as_faces(blank, portrait))
    assert found["detected"].values.tolist() == [False, True]
    assert np.isnan(found["points"].values[0]).all()
    assert found["id"].values.tolist() == ["a", "b"]


@needs_model
def test_threads_share_a_landmarker_and_find_what_one_finds(portrait):
    wanted = mediapipe478.detect(as_faces(portrait))
    opened = mediapipe478._landmarker.cache_info().misses
    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(mediapipe478.detect, [as_faces(portrait)] * 4)]
    assert all(each.identical(wanted) for each in found)
    assert mediapipe478._landmarker.cache_info().misses == opened


def test_without_the_model_file_it_says_so(tmp_path, monkeypatch, portrait):
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with pytest.raises(assets.AssetUnavailable, match="face_landmarker.task is not there"):
        mediapipe478.detect(as_faces(portrait))


def test_colour_is_red_green_blue():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    image = mediapipe478._enlarged(red)  # kept: the view below does not own its memory
    assert (image.numpy_view() == [255, 0, 0]).all()
