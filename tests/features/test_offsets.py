from math import atan2, cos, dist, sin

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.face_model import FaceModel
from mien.features import offsets
from mien.landmarks import alignment
from mien.vocabulary.labels import EMOTIONS

pytestmark = pytest.mark.filterwarnings("error")
axes_of_a_face = pytest.mark.parametrize("axes", [2, 3])


def as_landmarks(points):
    return xr.Dataset({"points": (("face", "point", "axis"), points)}, {"id": ("face", list("abcdefg")[: len(points)])})


@pytest.fixture(scope="module")
def points():
    """(7, 478, 3) a face of each expression, in pixels."""
    model = FaceModel.open()
    return model.points(np.concatenate([model.sample(1, code, seed=1)[0] for code in range(len(EMOTIONS))]), 48)


@axes_of_a_face
def test_offsets_are_those_of_plain_python(points, axes):
    features = offsets.offsets(as_landmarks(points), axes)
    assert features.sizes["feature"] == 477 * (axes + 1) - 1
    for face, row in zip(points.tolist(), features["value"].values, strict=True):
        found = dict(zip(features["feature"].values, row, strict=True))
        roll = atan2(face[362][1] + face[263][1] - face[33][1] - face[133][1],
                     face[362][0] + face[263][0] - face[33][0] - face[133][0])  # fmt: skip
        length = dist(face[151][:axes], face[4][:axes])
        for i in {*range(478)} - {4}:
            x, y, z = (a - b for a, b in zip(face[i], face[4], strict=True))
            level = {"dx": x * cos(roll) + y * sin(roll), "dy": y * cos(roll) - x * sin(roll), "dz": z}
            for name in ("dx", "dy", "dz")[:axes]:
                assert found[f"{name}({i})"] == pytest.approx(level[name] / length, abs=1e-5)
            if i != 151:
                assert found[f"distance({i})"] == pytest.approx(dist(face[i][:axes], face[4][:axes]) / length, abs=1e-5)


@axes_of_a_face
@given(st.floats(-50, 50), st.floats(0.1, 20), st.floats(-np.pi, np.pi))
@settings(max_examples=25)
def test_place_size_and_roll_of_a_face_do_not_matter(points, axes, shift, size, roll):
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    moved = offsets.offsets(as_landmarks(size * points @ turn + shift), axes)
    np.testing.assert_allclose(moved["value"], offsets.offsets(as_landmarks(points), axes)["value"], atol=1e-4)


@axes_of_a_face
def test_columns_and_signs_give_the_offsets_of_the_mirrored_face(points, axes):
    columns, signs = offsets.mirror(axes)
    mirrored = (points * [-1, 1, 1])[:, alignment.mirror()]
    by_columns = offsets.offsets(as_landmarks(points), axes)["value"].values[:, columns] * signs
    np.testing.assert_allclose(offsets.offsets(as_landmarks(mirrored), axes)["value"], by_columns, atol=1e-5)


def test_no_feature_is_the_same_for_every_face_and_none_is_named_twice(points):
    features = offsets.offsets(as_landmarks(points))
    assert (features["value"].std("face") > 1e-6).all()
    assert len(set(features["feature"].values)) == features.sizes["feature"]
    assert features["id"].values.tolist() == list("abcdefg")
    assert features["value"].dtype == np.float32


def test_a_face_not_found_or_without_length_has_no_offsets(points):
    unlike = points[:4].copy()
    unlike[0] = np.nan
    unlike[1, 151] = unlike[1, 4]
    unlike[2, list(alignment.EYE_CORNERS)] = 1
    value = offsets.offsets(as_landmarks(unlike))["value"].values
    assert np.isnan(value[:3]).all()
    assert np.isfinite(value[3]).all()
