import numpy as np
import pandas as pd
import pytest

from mien.inference import overlay
from mien.vocabulary.topology import KEYPOINTS15

CLASSES = ("angry", "happy")
ORANGE, RED = (230, 159, 0), (213, 94, 0)  # of happy and angry, see plots.style


@pytest.fixture
def image():
    return np.full((400, 600, 3), 200, np.uint8)


@pytest.fixture
def faces():
    box = {"left": 100, "top": 120, "right": 300, "bottom": 320}
    points = {f"{name}_{axis}": 180.0 for name in KEYPOINTS15 for axis in "xy"}
    return pd.DataFrame([{**box, "expression": "happy", "angry": 0.25, "happy": 0.75, **points}])


def of_colour(image, colour):
    return (image == colour).all(axis=-1)


def test_the_box_has_the_colour_of_the_expression(image, faces):
    drawn = overlay.annotated(image, faces, CLASSES, bars=False, keypoints=False)
    rows, columns = np.nonzero(of_colour(drawn, ORANGE))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == pytest.approx((120, 320, 100, 300), abs=2)


def test_a_bar_is_as_long_as_its_probability(image, faces):
    drawn = overlay.annotated(image, faces, CLASSES, keypoints=False)[:, 303:]
    angry, happy = (of_colour(drawn, colour).any(axis=0).sum() for colour in (RED, ORANGE))
    assert happy / angry == pytest.approx(3, rel=0.05)


def test_bars_stand_left_of_a_face_at_the_right_edge(image, faces):
    moved = faces.assign(left=395, right=595)
    assert of_colour(overlay.annotated(image, moved, CLASSES, keypoints=False)[:, :390], RED).any()


def test_keypoints_are_where_they_are_said_to_be(image, faces):
    drawn = overlay.annotated(image, faces, CLASSES, bars=False)
    assert (drawn[180, 180] == 255).all()
    plain = overlay.annotated(image, faces, CLASSES, bars=False, keypoints=False)
    assert (plain[180, 180] == 200).all()


def test_the_picture_itself_stays_as_it_was(image, faces):
    before = image.copy()
    overlay.with_lines(overlay.annotated(image, faces, CLASSES), ["q quit"])
    np.testing.assert_array_equal(image, before)


def test_a_face_without_an_answer_and_half_outside_is_drawn_too(image, faces):
    lost = faces.assign(expression=None, left=-80, right=120, top=-50, bottom=150)
    assert (overlay.annotated(image, lost, CLASSES) != image).any()


def test_a_mesh_is_drawn_along_its_lines(image):
    mesh = np.random.default_rng(0).uniform(50, 350, (478, 3))
    drawn = overlay.with_meshes(image, [mesh])
    start, end = mesh[overlay.mesh_edges()[0], :2]
    x, y = np.rint((start + end) / 2).astype(int)
    assert (drawn[y - 1 : y + 2, x - 1 : x + 2] != 200).any()


def test_lines_stand_in_the_lower_left_corner(image):
    changed = (overlay.with_lines(image, ["31 frames a second", "q quit"]) != image).any(axis=-1)
    rows, columns = np.nonzero(changed)
    assert rows.min() > 300
    assert columns.max() < 300
