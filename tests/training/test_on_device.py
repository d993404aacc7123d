import keras
import numpy as np
import pytest

from mien.faces import warping
from mien.inference.views import ten_views
from mien.training import networks, on_device
from mien.training.augmentation import Recipe
from mien.training.on_device import Draws, Views

STILL = Recipe(shift=0, zoom=0, turn=0, light=0, flip=0, erase=0)


@pytest.fixture(scope="module")
def pictures():
    """Smooth pictures, so that interpolations in 8 bits and in floating point agree to a grey level."""
    rng = np.random.default_rng(0)
    waves = rng.uniform(0.05, 0.3, (12, 2, 1, 1)) * np.mgrid[:24, :20]
    return (127 + 60 * np.sin(waves[:, 0] + rng.uniform(0, 6, (12, 1, 1))) + 60 * np.cos(waves[:, 1])).astype(np.uint8)


def changed(pictures, batch):
    identity = keras.layers.Identity()
    inputs = keras.Input((*pictures.shape[1:], 1))
    model = on_device.taught(keras.Model(inputs, identity(inputs)), pictures)
    return keras.ops.convert_to_numpy(model(batch))[..., 0]


def test_an_unchanged_picture_is_the_picture(pictures):
    np.testing.assert_array_equal(changed(pictures, Views([3, 1], (24, 20), 2)[0]), pictures[[3, 1]])


@pytest.mark.parametrize(
    "view", [{"shift": (0.1, -0.05)}, {"zoom": 1.3}, {"flip": True}, {"shift": (0.1, 0), "zoom": 0.9, "flip": True}]
)
def test_a_view_is_what_opencv_makes_of_it(pictures, view):
    expected = [warping.warp(picture, **view) for picture in pictures[:4]]
    np.testing.assert_allclose(changed(pictures, Views(np.arange(4), (24, 20), 4, **view)[0]), expected, atol=2)


def test_turns_are_those_of_opencv(pictures):
    view = Views(np.arange(4), (24, 20), 4)[0]
    matrix = on_device.matrices((24, 20), np.full((1, 2), 0.05), np.ones(1), np.radians([12.0]), np.array([True]))
    view["matrix"] = np.repeat(matrix, 4, axis=0).astype(np.float32)
    expected = [warping.warp(picture, (0.05, 0.05), turn=12, flip=True) for picture in pictures[:4]]
    np.testing.assert_allclose(changed(pictures, view), expected, atol=2)


def test_ten_views_are_those_of_the_evaluation(pictures):
    crops = [changed(pictures, Views(np.arange(12), (24, 20), 12, **view)[0]) for view in networks.TEN]
    np.testing.assert_allclose(crops, ten_views(pictures), atol=2)


def test_light_is_a_factor_around_the_middle_grey_and_an_offset(pictures):
    view = Views([0, 1], (24, 20), 2)[0] | {"light": np.float32([[1.2, 0], [0.7, 20]])}
    levels = pictures[:2].astype(float)
    expected = np.stack([1.2 * (levels[0] - 128) + 128, 0.7 * (levels[1] - 128) + 148]).clip(0, 255)
    np.testing.assert_allclose(changed(pictures, view), expected, atol=1e-3)


def test_a_hole_is_noise_and_the_rest_stays(pictures):
    view = Views([0, 1], (24, 20), 2)[0] | {"hole": np.float32([[2, 3, 8, 15], [0, 0, 0, 0]])}
    found = changed(pictures, view)
    inside = np.zeros((24, 20), bool)
    inside[3:15, 2:8] = True
    np.testing.assert_array_equal(found[0][~inside], pictures[0][~inside])
    assert np.abs(found[0] - pictures[0])[inside].mean() > 20
    np.testing.assert_array_equal(found[1], pictures[1])


def test_mixing_blends_pictures_and_labels_alike(pictures):
    labels = np.eye(3)[np.arange(12) % 3]
    draws = Draws(labels, 12, (24, 20), Recipe(shift=0, zoom=0, turn=0, light=0, flip=0, erase=0, mixup=0.5), 4)
    draw, y = draws[1]
    share, partner = draw["share"], draw["row"][draw["other"]]
    np.testing.assert_allclose(
        y, share[:, None] * labels[draw["row"]] + (1 - share[:, None]) * labels[partner], atol=1e-6
    )
    blended = share[:, None, None] * pictures[draw["row"]] + (1 - share[:, None, None]) * pictures[partner]
    np.testing.assert_allclose(changed(pictures, draw), blended, atol=1e-3)


def test_parts_of_a_batch_are_the_batch(pictures):
    """So a device that cannot hold all of it sees the same changed pictures."""
    rng, recipe = np.random.default_rng(0), Recipe(mixup=0.4)
    taught, answers = rng.integers(0, 256, (128, 24, 20), np.uint8), rng.random((2, 1, 128, 7))
    for labels in (np.eye(7)[np.arange(128) % 7], answers):
        whole, y = Draws(labels, 128, (24, 20), recipe, 128)[0]
        parts = Draws(labels, 128, (24, 20), recipe, 128, parts=4)
        assert len(parts) == 4
        np.testing.assert_array_equal(np.concatenate([parts[i][1] for i in range(4)]), y)
        seen = np.concatenate([changed(taught, parts[i][0]) for i in range(4)])
        np.testing.assert_allclose(seen, changed(taught, whole), atol=1e-3)


def test_a_pass_shows_every_face_once_in_an_order_of_its_own():
    draws = Draws(np.eye(12), 12, (24, 20), STILL, 4, passes=2)
    rows = [draws[i][0]["row"] for i in range(6)]
    assert sorted(np.concatenate(rows[:3])) == sorted(np.concatenate(rows[3:])) == list(range(12))
    assert not np.array_equal(rows[:3], rows[3:])


def test_an_epoch_of_two_passes_goes_on_where_one_of_one_would():
    two, one = (Draws(np.eye(12), 12, (24, 20), Recipe(), 4, passes=passes) for passes in (2, 1))
    two.start(1)
    one.start(3)
    for name, values in two[4][0].items():
        np.testing.assert_array_equal(values, one[1][0][name])


def test_a_student_sees_what_its_teachers_answered():
    """Answers that name the faces of the batch come with the draw of that batch: each pass, then each of them again."""
    seen = Draws(np.eye(12), 12, (24, 20), Recipe(), 4, seed=5, passes=5)
    says = np.array([np.eye(12)[seen[i][0]["row"]] for i in range(15)]).reshape(5, 3, 4, 12)
    passes = {tuple(says[i, 0].argmax(axis=1)) for i in range(5)}
    first = {}
    for order in (1, 2):
        student = Draws(says, 12, (24, 20), Recipe(), 4, seed=5, order=order)
        first[order] = []
        for epoch in range(10):
            student.start(epoch)
            for draw, y in (student[batch] for batch in range(3)):
                np.testing.assert_array_equal(y.argmax(axis=1), draw["row"])
            first[order].append(tuple(student[0][0]["row"]))
        assert set(first[order][:5]) == set(first[order][5:]) == passes
    assert first[1] != first[2]


def test_pictures_are_not_kept_with_the_weights(pictures, tmp_path):
    inputs = keras.Input((24, 20, 1))
    network = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(inputs)))
    on_device.taught(network, pictures).save_weights(tmp_path / "one.weights.h5")
    other = on_device.taught(keras.models.clone_model(network), pictures[:5])
    other.load_weights(tmp_path / "one.weights.h5")
    view = Views([0, 1], (24, 20), 2)[0]
    np.testing.assert_allclose(other(view), on_device.taught(network, pictures)(view), rtol=1e-5)
