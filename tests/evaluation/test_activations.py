import keras
import numpy as np
import pytest
from keras import layers
from keras_tuner import HyperParameters

from mien.evaluation import activations
from mien.models import resnet


@pytest.fixture
def network():
    """A small residual network, and noise to look at."""
    keras.utils.set_random_seed(0)
    hp = HyperParameters()
    hp.Fixed("channels", 8)
    return resnet.build(hp, (48, 48), 7, "small"), np.random.default_rng(0).integers(0, 256, (2, 48, 48), np.uint8)


def test_every_convolution_has_maps_from_the_picture_to_the_output(network):
    model, noise = network
    found = activations.maps(model, {"picture": noise})
    assert list(found)[:3] == ["stem", "stage1_block1_a", "stage1_block1_b"]
    assert list(found)[-1] == "stage3_block2_b"
    assert len(found) == 13  # the stem, two in each of five blocks, two shortcuts
    assert found["stem"].shape == (2, 24, 24, 8)
    assert found["stage3_block2_b"].shape == (2, 6, 6, 24)
    assert all(maps.dtype == np.float32 and maps.min() >= 0 < maps.max() for maps in found.values())


def test_maps_are_read_behind_normalisation_and_relu(network):
    model, noise = network
    normalisation = model.get_layer("stage1_block1_a").output
    (normalisation,) = [layer for layer in model.layers if layer.input is normalisation]
    normalisation.set_weights([np.full(8, value) for value in (1, 5, 0, 1)])  # scale, shift, moving mean and variance
    maps = activations.maps(model, {"picture": noise})
    convolution = model.get_layer("stage1_block1_a")
    expected = convolution(maps["stem"]) / np.sqrt(1 + normalisation.epsilon) + 5  # the stem is its input
    np.testing.assert_allclose(maps["stage1_block1_a"], np.maximum(expected, 0), atol=1e-4)


def test_maps_of_a_network_with_two_inputs_and_no_relu_are_rectified():
    picture, features = keras.Input((6, 6, 1), name="picture"), keras.Input((3,), name="features")
    x = layers.Conv2D(1, 1, use_bias=False, name="sign")(picture)
    x = layers.Concatenate()([layers.Flatten()(x), features])
    model = keras.Model([picture, features], layers.Dense(2, name="logits")(x))
    model.get_layer("sign").set_weights([np.full((1, 1, 1, 1), -2)])
    values = np.random.default_rng(0).normal(size=(2, 6, 6)).astype(np.float32)
    found = activations.maps(model, {"picture": values, "features": np.zeros((2, 3))})
    np.testing.assert_allclose(found["sign"][..., 0], np.maximum(-2 * values, 0))


def test_kernels_are_those_of_the_first_convolution(network):
    model, _ = network
    found = activations.kernels(model)
    assert found.shape == (8, 3, 3)
    assert found[5, 0, 2] == model.get_layer("stem").get_weights()[0][0, 2, 0, 5]


def test_a_network_without_a_convolution_is_refused():
    inputs = keras.Input((5,), name="features")
    dense = keras.Model(inputs, layers.Dense(2, name="logits")(inputs), name="dense")
    for look in (activations.kernels, lambda model: activations.maps(model, {"features": np.zeros((1, 5))})):
        with pytest.raises(ValueError, match="dense has no convolution"):
            look(dense)


def test_selectivity_is_the_distance_of_two_bells_in_deviations():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 60_000)
    strength = random.normal(0, 2, (60_000, 3))
    strength[labels == 1, 0] += 3  # 1.5 deviations
    strength[:, 2] = 7  # a dead channel
    found = activations.selectivity(strength, labels, 4)
    assert found[1, 0] == pytest.approx(1.5, abs=0.03)
    assert found[:, 1] == pytest.approx(0, abs=0.03)
    # the rest of class 0 or 2 is a half of class 1: mean 1.5, variance 4 + 9 / 4
    assert found[0, 0] == pytest.approx(-1.5 / np.sqrt((4 + 4 + 9 / 4) / 2), abs=0.03)
    assert (found[:, 2] == 0).all()
    assert (found[3] == 0).all()  # no face shows it
