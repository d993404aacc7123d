import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

from mien import training
from mien.engine import store
from mien.models import keypoints, resnet
from mien.training import point_augmentation
from mien.vocabulary import topology

pytestmark = pytest.mark.usefixtures("eagerly", "few_faces")


def small(map_channels=16):
    """A small network of pictures of 32x32."""
    hp = HyperParameters()
    hp.Fixed("width", 32)
    hp.Fixed("channels", 8)
    hp.Fixed("map_channels", map_channels)
    return keypoints.build(hp, (32, 32), "small")


def test_it_knows_its_size_and_is_taken_over_whole_or_not_at_all():
    network, other = small(8), small(16)
    assert keypoints.size(other, "small") == {"width": 32, "channels": 8, "map_channels": 16}
    before = network.get_weights()
    with pytest.raises(ValueError, match="lateral3, lateral2, .*: is it of the same size"):
        resnet.start_from(network, other)
    for now, then in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_rows_with_four_points_are_taught_apart_from_those_with_more():
    points = np.random.default_rng(0).random((3, 15, 2))
    four = [list(topology.KEYPOINTS15).index(name) for name in topology.KEYPOINTS4]
    points[1] = np.where(np.isin(np.arange(15), four)[:, None], points[1], np.nan)
    points[2, [0, 5]] = np.nan  # a row of fifteen where two are missing
    taught = keypoints.by_marking(points)
    assert taught.shape == (3, 34, 2)
    assert np.isnan(taught[:, 19:]).all()
    np.testing.assert_array_equal(taught[[0, 2], :15], points[[0, 2]])
    assert np.isnan(taught[[0, 2], 15:]).all()
    assert np.isnan(taught[1, :15]).all()
    np.testing.assert_array_equal(taught[1, 15:19], points[1, four])


def test_drawn_faces_are_taught_apart_from_marked_ones():
    points = np.random.default_rng(0).random((3, 15, 2))
    taught = keypoints.as_drawn(points)
    assert taught.shape == (3, 34, 2)
    assert np.isnan(taught[:, :19]).all()
    np.testing.assert_array_equal(taught[:, 19:], points)


def test_mirroring_swaps_left_and_right_in_every_manner_and_is_undone_by_itself():
    names = np.array(keypoints.POINTS)
    mirrored = names[keypoints.MIRROR]
    for name, other in zip(names, mirrored, strict=True):
        assert ("left" in name) == ("right" in other)
        assert name.replace("left", "").replace("right", "") == other.replace("left", "").replace("right", "")
    np.testing.assert_array_equal(keypoints.MIRROR[keypoints.MIRROR], np.arange(34))
    assert set(keypoints.MIRROR[:15]) == set(range(15))
    assert set(keypoints.MIRROR[19:]) == set(range(19, 34))


@pytest.fixture(scope="module", params=resnet.STARTS_FROM)
def network(request):
    """An untrained network of every backbone."""
    return keypoints.build(HyperParameters(), (96, 96), request.param)


def test_every_backbone_says_a_place_within_the_picture_for_every_point(network):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 96, 96, 1)).astype(np.float32)
    points = network.predict(pictures, verbose=0)
    assert points.shape == (3, 34, 2)
    assert (points >= -0.5).all()
    assert (points <= 95.5).all()


def test_every_backbone_ships_in_less_than_ten_megabytes_once_it_was_trained(network, tmp_path):
    network.compile(keras.optimizers.AdamW(use_ema=True), "mse")
    network.optimizer.build(network.trainable_variables)
    store.save_model(keypoints.as_product(network), tmp_path / "points.keras", half=True)
    assert (tmp_path / "points.keras").stat().st_size < 10_000_000


def with_dots(n, size=32):
    """Dark noise with a bright dot for the left eye and a dim one for the right, and their places; no other point."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 20, (n, size, size)).astype(np.float32)
    points = np.full((n, 34, 2), np.nan)
    points[:, :2] = rng.uniform(4, 28, (n, 2, 2))
    rows, columns = np.indices((size, size))
    for point, level in ((0, 220), (1, 110)):
        x, y = points[:, point, :, None, None].swapaxes(0, 1)  # each (n, 1, 1)
        pictures = np.maximum(pictures, level * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 6))
    return pictures.astype(np.uint8), points


def test_it_learns_where_a_bright_and_a_dim_dot_are_from_faces_with_no_other_point():
    keras.utils.set_random_seed(0)
    pictures, points = with_dots(32)
    network = small()
    hp = HyperParameters()
    hp.Fixed("learning_rate", 1e-2)
    training.compile_points(network, hp, steps=30)
    given, weights = point_augmentation.with_weights(points)
    for _ in range(30):
        network.train_on_batch(pictures[..., None].astype(np.float32), given, weights)
    # in training mode, since the moving averages of the batch normalisation lag behind after so few steps
    found = keras.ops.convert_to_numpy(network(pictures[..., None].astype(np.float32), training=True))
    assert np.median(np.linalg.norm(found[:, :2] - points[:, :2], axis=-1)) < 1  # of 12 between two at random


def test_the_product_is_the_first_fifteen_points():
    keras.utils.set_random_seed(0)
    network = small()
    pictures = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 1)).astype(np.float32)
    product = keypoints.as_product(network)
    assert product.output_shape == (None, 15, 2)
    expected = network.predict(pictures, verbose=0)[:, :15]
    np.testing.assert_allclose(product.predict(pictures, verbose=0), expected, atol=1e-4)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_comes_back_from_a_file_of_half_precision_a_tenth_of_a_pixel_off_at_most(policy, tmp_path):
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    try:
        product = keypoints.as_product(small())
    finally:
        keras.config.set_dtype_policy("float32")
    pictures = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 1)).astype(np.float32)
    store.save_model(product, tmp_path / "points.keras", half=True)
    again = store.open_model(tmp_path / "points.keras")
    points = again.predict(pictures, verbose=0)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points, product.predict(pictures, verbose=0), atol=0.1)
