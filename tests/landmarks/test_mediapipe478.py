import json
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import xarray as xr

from mien.engine import assets, paths
from mien.landmarks import blazeface, bundle, dlib68, mediapipe478
from mien.vocabulary import topology

ANSWERS = Path(__file__).with_name("mediapipe_tasks.json")


def as_faces(*images):
    return xr.Dataset(
        {"image": (("face", "y", "x"), np.stack(images))}, {"id": ("face", list("abcdef")[: len(images)])}
    )


@pytest.fixture(scope="module")
def models():
    return bundle.models()


@pytest.fixture(scope="module")
def seen(models, portrait):
    """The portrait, 300 pixels wide in a grey picture, where BlazeFace sees its face, and its mesh."""
    picture = np.full((360, 400, 3), 128, np.uint8)
    picture[30:330, 60:360] = cv2.resize(portrait, (300, 300))[..., None]
    (face,) = blazeface.find(models, picture)
    square = mediapipe478.square_of(face[:2], *face[2:4])
    return picture, square, mediapipe478.mesh(models, picture, square)


def test_it_finds_what_mediapipes_own_runtime_finds():
    """`make parity` has kept the answers."""
    portraits = runpy.run_path(str(paths.REPOSITORY / "benchmarks" / "parity.py"))["portraits"]()
    answers = json.loads(ANSWERS.read_text(encoding="utf-8"))
    found = mediapipe478.detect(as_faces(*portraits))
    wanted = np.array([face["points"] for face in answers])
    apart = np.linalg.norm((found["points"].values - wanted)[..., :2], axis=-1).mean(axis=1)
    eyes = topology.interocular(topology.as_dlib68(wanted[..., :2]))
    assert (apart / eyes).max() < 0.005
    assert np.abs(found["points"].values[..., 2] - wanted[..., 2]).max() < 0.02 * eyes.min()
    blendshapes = np.array([face["blendshapes"] for face in answers])
    np.testing.assert_allclose(found["blendshape"], blendshapes, atol=0.03)


def test_the_mesh_lies_where_another_detector_finds_the_same_points(portrait):
    """Corners of the eyes and of the mouth, tip of the nose, against dlib."""
    image = cv2.resize(portrait, (96, 96), interpolation=cv2.INTER_AREA)
    mesh = mediapipe478.detect(as_faces(image))["points"].values[0]
    other, _ = dlib68.landmarks(image)
    mine, theirs = [33, 263, 61, 291, 1], [36, 45, 48, 54, 30]
    eyes = np.linalg.norm(other[36] - other[45])
    assert np.linalg.norm(mesh[mine, :2] - other[theirs], axis=-1).max() < 0.15 * eyes


def test_depth_grows_away_from_the_viewer(portrait):
    mesh = mediapipe478.detect(as_faces(portrait))["points"].values[0]
    assert mesh[1, 2] < mesh[33, 2] < mesh[234, 2]  # tip of the nose, corner of the eye, beside the ear


def test_blendshapes_are_named_scores(portrait):
    found = mediapipe478.detect(as_faces(portrait))
    scores = found["blendshape"].sel(name=["mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "eyeBlinkLeft"])
    smile_left, smile_right, frown, blink = scores.values[0]
    assert min(smile_left, smile_right) > 0.5 > max(frown, blink)  # she smiles, with open eyes


def test_a_picture_without_a_face_keeps_its_row(portrait):
    blank = np.zeros_like(portrait)
    found = mediapipe478.detect(as_faces(blank, portrait))
    assert found["detected"].values.tolist() == [False, True]
    assert np.isnan(found["points"].values[0]).all()
    assert found["id"].values.tolist() == ["a", "b"]


def test_threads_share_the_networks_and_find_what_one_finds(portrait):
    wanted = mediapipe478.detect(as_faces(portrait))
    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(mediapipe478.detect, [as_faces(portrait)] * 4)]
    assert all(each.identical(wanted) for each in found)
    assert bundle.models() is bundle.models()


def test_without_the_models_it_says_so(no_models, portrait):
    with pytest.raises(assets.AssetUnavailable, match="face_landmarker.task is not there"):
        mediapipe478.detect(as_faces(portrait))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_the_mesh_turns_with_the_picture(models, seen, turns):
    picture, square, upright = seen
    turned = np.ascontiguousarray(np.rot90(picture, turns))  # anticlockwise, a quarter each
    points, place = upright[:, :2] + 0.5, np.array([square.x, square.y])
    for width in (400, 360, 400)[:turns]:
        points, place = ((of[..., ::-1] * [1, -1] + [0, width]) for of in (points, place))
    mesh = mediapipe478.mesh(
        models, turned, square._replace(x=place[0], y=place[1], turn=square.turn - turns * np.pi / 2)
    )
    eyes = np.linalg.norm(upright[33] - upright[263])
    assert np.linalg.norm(mesh[:, :2] + 0.5 - points, axis=1).max() < 0.02 * eyes


def test_where_there_is_no_face_there_is_no_mesh(models, seen):
    picture, square, _ = seen
    assert mediapipe478.mesh(models, np.full_like(picture, 128), square) is None


def test_a_square_is_half_as_wide_again_as_the_longer_side_and_lies_along_the_eyes():
    points = np.array([[10.0, 20], [50, 40], [30, 100]])
    square = mediapipe478.square_of(points, np.array([20.0, 30]), np.array([30.0, 40]))
    assert square == pytest.approx((30, 60, 1.5 * 80, np.pi / 4))


def test_the_next_frame_is_looked_at_where_the_mesh_was(models, seen):
    picture, square, mesh = seen
    following = mediapipe478.tracking_square(mesh)
    assert (following.x, following.y) == pytest.approx((square.x, square.y), abs=0.15 * square.side)
    again = mediapipe478.mesh(models, picture, following)
    eyes = np.linalg.norm(mesh[33] - mesh[263])
    assert np.linalg.norm((again - mesh)[:, :2], axis=1).mean() < 0.05 * eyes


def test_a_face_in_a_picture_of_twice_the_width_has_its_pixels_in_the_same_places():
    """The left half of pixel 0 becomes pixel 0, whose centre is at 0.25 of the old ones, -0.25 from the old centre."""
    face = mediapipe478.Face(np.array([[0.0, 3, 2]]), np.zeros(52)).scaled(2)
    np.testing.assert_allclose(face.points, [[0.5, 6.5, 4]])
