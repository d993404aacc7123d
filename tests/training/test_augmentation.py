import numpy as np
import pytest

from mien.training import augmentation
from mien.training.augmentation import Augmented, Recipe

STILL = Recipe(shift=0, zoom=0, turn=0, light=0, flip=0, erase=0, mixup=0)


@pytest.fixture
def faces(crops):
    """The made faces, each labelled by its own number."""
    return crops[:20], np.eye(20, dtype=np.float32)


def drawn(batches):
    """All pictures of an epoch and the faces that they came from."""
    pictures, labels = (np.concatenate(part) for part in zip(*(batches[i] for i in range(len(batches))), strict=True))
    return pictures[..., 0], labels.argmax(axis=1)


def test_a_recipe_of_zeros_changes_nothing_but_the_order(faces):
    pictures, came_from = drawn(Augmented(*faces, STILL, batch_size=5))
    assert sorted(came_from) == list(range(20))
    np.testing.assert_array_equal(pictures, faces[0][came_from])


def test_each_epoch_is_drawn_anew_and_each_seed_differs(faces):
    batches, again = (Augmented(*faces, Recipe(), 20, seed=1) for _ in range(2))
    first = batches[0][0]
    np.testing.assert_array_equal(first, again[0][0])
    assert not np.array_equal(first, Augmented(*faces, Recipe(), 20, seed=2)[0][0])
    batches.start(1)
    assert not np.array_equal(first, batches[0][0])
    batches.start(0)
    np.testing.assert_array_equal(first, batches[0][0])


def test_the_last_incomplete_batch_is_left_out_unless_it_is_the_only_one(faces):
    assert len(Augmented(*faces, STILL, batch_size=8)) == 2
    assert len(Augmented(*faces, STILL, batch_size=64)) == 1


def test_the_features_of_a_mirrored_face_are_mirrored_with_it(faces):
    pictures, labels = faces
    mirror = np.array([1, 0, 2])
    features = np.arange(60, dtype=np.float32).reshape(20, 3)
    recipe = Recipe(**{**vars(STILL), "flip": 0.5})
    given, answers = Augmented(pictures, labels, recipe, 20, features=features, mirror=mirror)[0]
    flips = 0
    for picture, values, face in zip(given["picture"][..., 0], given["features"], answers.argmax(axis=1), strict=True):
        flipped = not np.array_equal(picture, pictures[face])
        flips += flipped
        np.testing.assert_array_equal(picture, pictures[face][:, ::-1] if flipped else pictures[face])
        np.testing.assert_array_equal(values, features[face][mirror] if flipped else features[face])
    assert 0 < flips < 20


def test_mixing_blends_a_face_and_its_label_by_the_same_share():
    rng = np.random.default_rng(0)
    values = np.arange(64, dtype=np.float32).reshape(64, 1) ** 2
    blended, labels = augmentation.mix([values, np.eye(64, dtype=np.float32)], 0.5, rng)
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(blended, labels @ values, rtol=1e-5)
    assert (np.sort(labels, axis=1)[:, -2] > 0.05).any()


@pytest.mark.parametrize("seed", range(20))
def test_what_is_erased_is_one_rectangle_of_2_to_20_per_cent(seed):
    picture = np.full((48, 48), 300, np.int16)  # a level that noise does not have
    erased = augmentation.erase(picture, np.random.default_rng(seed)) != 300
    rows, columns = np.flatnonzero(erased.any(axis=1)), np.flatnonzero(erased.any(axis=0))
    assert erased[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert 0.015 * erased.size < erased.sum() < 0.21 * erased.size
