from itertools import combinations
from math import dist

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mien.features import distances
from mien.vocabulary import topology

coordinates = st.floats(-100, 100, width=32)
faces = arrays(np.float32, (2, 68, 2), elements=coordinates).filter(lambda p: (topology.interocular(p) > 1).all())


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(0, 48, (5, 68, 2)).astype(np.float32)


@pytest.mark.parametrize(("subset", "n"), [("all", 68 * 67 // 2), ("enm", 51 * 50 // 2)])
def test_each_pair_counts_once(subset, n):
    which = distances.pairs(subset)
    assert len(which) == len({frozenset(pair) for pair in which.tolist()}) == n
    assert (which[:, 0] < which[:, 1]).all()


def test_distances_are_those_of_plain_python(points):
    value = distances.pairwise(points, distances.pairs("all"))
    for face, row in zip(points.tolist(), value, strict=True):
        right, left = (np.mean([face[i] for i in eye], axis=0) for eye in (range(36, 42), range(42, 48)))
        expected = [dist(face[i], face[j]) / dist(right, left) for i, j in combinations(range(68), 2)]
        np.testing.assert_allclose(row, expected, rtol=1e-4)


@given(faces, st.floats(-50, 50), st.floats(-np.pi, np.pi), st.floats(0.5, 20))
def test_place_turn_and_size_of_a_face_do_not_matter(points, shift, angle, size):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    which = distances.pairs("enm")
    moved = size * points @ turn + shift
    expected = distances.pairwise(points, which)
    np.testing.assert_allclose(distances.pairwise(moved, which), expected, rtol=1e-2, atol=1e-2 * (1 + expected.max()))


def test_a_face_whose_eyes_coincide_has_no_distances():
    assert np.isnan(distances.pairwise(np.ones((1, 68, 2)), distances.pairs("enm"))).all()


@pytest.mark.parametrize("subset", ["all", "enm"])
def test_the_mirror_permutation_gives_the_distances_of_the_mirrored_face(points, subset):
    mirrored = (points * [-1, 1])[:, list(topology.DLIB_MIRROR)]
    which = distances.pairs(subset)
    by_permutation = distances.pairwise(points, which)[:, distances.mirror(subset)]
    np.testing.assert_allclose(distances.pairwise(mirrored, which), by_permutation, rtol=1e-4)


def test_the_dataset_names_its_features_and_keeps_the_faces(points):
    landmarks = xr.Dataset(
        {"points": (("face", "point", "axis"), points)}, {"id": ("face", list("abcde")), "axis": ["x", "y"]}
    )
    features = distances.distances(landmarks, "enm")
    assert features["id"].values.tolist() == list("abcde")
    eyes = np.linalg.norm(points[:, 36] - points[:, 39], axis=-1) / topology.interocular(points)
    np.testing.assert_allclose(features["value"].sel(feature="d(36,39)"), eyes, rtol=1e-5)


def test_the_square_table_is_symmetric_with_a_zero_diagonal_and_the_label_last(points):
    table = distances.as_square_table(points, np.array(list("vwxyz")))
    assert table.shape == (5, 68 * 68 + 1)
    assert table.columns[-1] == "label"
    assert table["label"].tolist() == list("vwxyz")
    square = table.drop(columns="label").to_numpy().reshape(5, 68, 68)
    np.testing.assert_array_equal(square, square.transpose(0, 2, 1))
    assert (square[:, range(68), range(68)] == 0).all()
    assert table["d(3,8)"].equals(table["d(8,3)"])
    once = distances.pairwise(points, distances.pairs("all"))
    np.testing.assert_array_equal(square[:, *np.triu_indices(68, 1)], once)
