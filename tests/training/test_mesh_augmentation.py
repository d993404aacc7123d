import numpy as np
import pytest

from mien.features import mesh_graph
from mien.training.mesh_augmentation import AugmentedMeshes


@pytest.fixture
def meshes():
    return np.random.default_rng(0).normal(size=(40, 478, 3)).astype(np.float32)


@pytest.fixture
def labels():
    return np.eye(2)[np.arange(40) % 2]


@pytest.fixture
def batches(meshes, labels):
    return AugmentedMeshes(meshes, labels, (1.0, 3.0), batch_size=20, seed=3)


def shares(blend, faces):
    """How much of each face is in a blend, by least squares."""
    return np.linalg.lstsq(faces.reshape(len(faces), -1).T, blend.ravel(), rcond=None)[0]


def test_a_mesh_is_a_blend_of_two_each_as_it_is_or_mirrored(batches, meshes, labels):
    faces = np.concatenate([meshes, mesh_graph.mirrored(meshes)])
    twice = np.concatenate([labels, labels])
    for blend, label, _ in zip(*batches[0], strict=True):
        share = shares(blend, faces)
        assert np.count_nonzero(share > 1e-3) <= 2
        np.testing.assert_allclose([share.min(), share.sum()], [0, 1], atol=1e-3)
        np.testing.assert_allclose(share @ twice, label, atol=1e-3)


def test_a_blend_weighs_what_its_shares_weigh(batches):
    _, labels, weights = batches[1]
    np.testing.assert_allclose(weights, labels[:, 0] + 3 * labels[:, 1], rtol=1e-6)


def test_about_half_are_mirrored(meshes, labels):
    one = np.repeat(meshes[:1], 400, axis=0)
    shown, *_ = AugmentedMeshes(one, np.repeat(labels[:1], 400, axis=0), (1, 1), batch_size=400)[0]
    mirrored = shares_of_mirror(shown, one[0])
    assert 0.4 < mirrored.mean() < 0.6


def shares_of_mirror(shown, face):
    other = mesh_graph.mirrored(face[None])[0]
    across = (other - face).ravel()
    return (shown - face).reshape(len(shown), -1) @ across / (across @ across)


def test_an_epoch_shows_what_it_showed_before_and_another_shows_something_else(batches, meshes):
    original = meshes.copy()
    first = batches[0][0]
    batches.start(1)
    assert not np.array_equal(batches[0][0], first)
    batches.start(0)
    np.testing.assert_array_equal(batches[0][0], first)
    np.testing.assert_array_equal(meshes, original)
