"""Eyes drawn as ellipses, whose height, width and area are known."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from mien.features import eye_state
from mien.vocabulary import topology

ANGLES = 2 * np.pi * np.arange(16) / 16
RIGHT, LEFT = (np.array(outline) for outline in topology.EYE_OUTLINES)


def mesh(right=0.3, left=0.3):
    """(1, 478, 3) with eyes that are flat ellipses of width 20, as high as said over their widths."""
    points = np.full((1, 478, 3), 7.0)
    for outline, height, x in ((RIGHT, right, -30), (LEFT, left, 30)):
        outward = np.sign(x)  # both outlines begin at the outer corner, and go along the lower lid
        points[0, outline, 0] = x + 10 * outward * np.cos(ANGLES)
        points[0, outline, 1] = 10 * height * np.sin(ANGLES)
    return points


def ratio_of(height):
    """Mean of the three heights at 67.5, 90 and 112.5 degrees, over the width."""
    return height * (2 * np.sin(3 * np.pi / 8) + 1) / 3


def area_of(height):
    """A polygon of 16 corners in a circle has the area 8 sin(2 pi / 16); an ellipse is a circle pressed flat."""
    return height * 8 * np.sin(2 * np.pi / 16) / 4


@given(st.floats(0, 1), st.floats(0, 1))
def test_an_ellipse_has_its_own_height_and_area(right, left):
    np.testing.assert_allclose(topology.eye_ratios(mesh(right, left)), [[ratio_of(right), ratio_of(left)]], atol=1e-9)
    np.testing.assert_allclose(eye_state.areas(mesh(right, left)), [[area_of(right), area_of(left)]], atol=1e-9)


@given(st.tuples(*3 * [st.floats(-500, 500)]), st.tuples(*3 * [st.floats(-np.pi, np.pi)]), st.floats(0.5, 200))
def test_place_turn_and_size_of_a_face_do_not_matter(shift, turn, scale):
    moved = scale * mesh(0.2, 0.4) @ Rotation.from_euler("xyz", turn).as_matrix().T + shift
    np.testing.assert_allclose(topology.eye_ratios(moved), [[ratio_of(0.2), ratio_of(0.4)]], atol=1e-9)
    np.testing.assert_allclose(eye_state.areas(moved), [[area_of(0.2), area_of(0.4)]], atol=1e-9)


def test_a_closed_eye_is_zero_in_both_numbers():
    closed = mesh(0.0, 0.3)
    assert topology.eye_ratios(closed)[0, 0] == pytest.approx(0, abs=1e-9)
    assert eye_state.areas(closed)[0, 0] == pytest.approx(0, abs=1e-9)


def test_points_in_the_picture_alone_have_the_numbers_that_they_show():
    flat = mesh(0.2, 0.4)[..., :2]
    np.testing.assert_allclose(topology.eye_ratios(flat), [[ratio_of(0.2), ratio_of(0.4)]])
    np.testing.assert_allclose(eye_state.areas(flat), [[area_of(0.2), area_of(0.4)]])


@pytest.mark.filterwarnings("error")
def test_an_eye_without_width_has_no_numbers_and_the_other_keeps_its_own():
    points = mesh()
    points[0, LEFT] = points[0, LEFT[0]]
    assert np.isnan(eye_state.areas(points)).tolist() == [[False, True]]
    assert np.isnan(topology.eye_ratios(points)).tolist() == [[False, True]]


@pytest.mark.filterwarnings("error")
def test_the_dataset_names_its_features_and_keeps_the_faces():
    points = np.concatenate([mesh(0.2, 0.4), mesh(np.nan, np.nan)]).astype(np.float32)
    coords = {"id": ("face", ["a", "b"]), "axis": list("xyz")}
    features = eye_state.eye_state(xr.Dataset({"points": (("face", "point", "axis"), points)}, coords))
    assert features["value"].dtype == np.float32
    assert features["id"].values.tolist() == ["a", "b"]
    expected = {
        "ratio(right)": ratio_of(0.2),
        "area(right)": area_of(0.2),
        "ratio(left)": ratio_of(0.4),
        "area(left)": area_of(0.4),
    }
    for name, number in expected.items():
        np.testing.assert_allclose(features["value"].sel(feature=name), [number, np.nan], rtol=1e-4)
