import numpy as np
import pytest

from mien.face_model import FaceModel, nuisances
from mien.vocabulary.labels import EMOTIONS


@pytest.fixture(scope="module")
def faces():
    model = FaceModel.open()
    return model.render(*model.sample(20, EMOTIONS.index("neutral"), seed=0), 48)


def each(faces, kind, strength=1.0):
    return np.stack([kind(face, np.random.default_rng(i), strength) for i, face in enumerate(faces)])


def roughness(faces):
    return np.abs(np.diff(faces.astype(float), axis=2)).mean()


@pytest.mark.parametrize("name", nuisances.SHARES)
def test_it_changes_pixels_and_neither_size_nor_type(faces, name):
    spoiled = each(faces, getattr(nuisances, name))
    assert spoiled.shape == faces.shape
    assert spoiled.dtype == np.uint8
    assert all((a != b).any() for a, b in zip(spoiled, faces, strict=True))


def test_blur_smooths_and_noise_roughens(faces):
    assert roughness(each(faces, nuisances.blur)) < roughness(faces) < roughness(each(faces, nuisances.noise))


def test_light_comes_from_one_side():
    """What light adds is a plane: a fit of one leaves nothing but rounding."""
    grey = np.full((20, 48, 48), 100, np.uint8)
    y, x = np.mgrid[:48, :48]
    plane = np.stack([x.ravel(), y.ravel(), np.ones(48 * 48)], axis=1)
    for lit in each(grey, nuisances.light).reshape(20, -1).astype(float):
        left = lit - plane @ np.linalg.lstsq(plane, lit)[0]
        assert np.abs(left).max() < 1.1
        assert np.ptp(lit) > 0


def test_a_hand_and_hair_leave_most_of_a_face_in_sight(faces):
    for kind, most in ((nuisances.hand, 0.4), (nuisances.hair, 0.4)):
        covered = (each(faces, kind) != faces).mean(axis=(1, 2))
        assert covered.max() < most
        assert covered.mean() > 0.02


def test_no_strength_changes_nothing_and_more_changes_more(faces):
    def spoiled(strength):
        return np.stack([nuisances.spoil(face, np.random.default_rng(i), strength) for i, face in enumerate(faces)])

    np.testing.assert_array_equal(spoiled(0), faces)
    gaps = [np.abs(spoiled(strength).astype(float) - faces).mean() for strength in (0.3, 0.8, 1.5)]
    assert gaps[0] < gaps[1] < gaps[2]


def test_the_same_random_numbers_spoil_alike(faces):
    first, second = (nuisances.spoil(faces[0], np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
