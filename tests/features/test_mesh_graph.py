import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.features import mesh_graph
from mien.landmarks import alignment
from mien.vocabulary import topology

lines = st.sets(st.frozensets(st.integers(0, 9), min_size=2, max_size=2)).map(
    lambda pairs: np.array([sorted(pair) for pair in pairs], int).reshape(-1, 2)
)


@given(lines)
def test_each_point_gets_its_own_value_and_its_neighbours_over_the_roots_of_both_degrees(edges):
    value = np.random.default_rng(0).normal(size=10)
    around = [{i} | {j for edge in edges.tolist() if i in edge for j in edge} for i in range(10)]
    expected = [sum(value[j] / np.sqrt(len(around[i]) * len(around[j])) for j in around[i]) for i in range(10)]
    np.testing.assert_allclose(mesh_graph.adjacency(edges, 10) @ value, expected, atol=1e-6)


def test_a_point_without_lines_keeps_its_value():
    adjacency = mesh_graph.adjacency(np.array([[0, 1]]), 3)
    assert adjacency.dtype == np.float32
    np.testing.assert_allclose(adjacency, [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]], rtol=1e-6)


def test_sums_over_the_face_mesh_neither_blow_up_nor_turn_around():
    eigenvalues = np.linalg.eigvalsh(mesh_graph.adjacency(topology.mesh_edges()).astype(float))
    assert np.isclose(eigenvalues.max(), 1, atol=1e-6)
    assert eigenvalues.min() > -1


@pytest.mark.parametrize("axes", [2, 3])
def test_the_mirror_changes_sides_and_twice_it_changes_nothing(axes):
    points = np.random.default_rng(0).normal(size=(2, 478, axes)).astype(np.float32)
    mirrored = mesh_graph.mirrored(points)
    right, left = alignment.EYE_CORNERS[0], alignment.EYE_CORNERS[3]  # the outer corners
    np.testing.assert_array_equal(mirrored[:, right], points[:, left] * [-1, 1, 1][:axes])
    assert mirrored.dtype == points.dtype
    np.testing.assert_array_equal(mesh_graph.mirrored(mirrored), points)


def test_the_mirrored_mean_shape_is_nearly_itself():
    mean = alignment.reference()[None]
    assert np.linalg.norm(mesh_graph.mirrored(mean) - mean, axis=-1).max() < 0.05  # distances between the eyes
