import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers
from keras_tuner import HyperParameters
from scipy.signal import convolve2d

from mien import training
from mien.evaluation import saliency
from mien.models import resnet

pytestmark = pytest.mark.usefixtures("eagerly")

CELL = 4  # pixels: of the detectors' maps
BRIGHT, DARK = (slice(6, 14), slice(10, 18)), (slice(30, 38), slice(26, 34))  # y and x of what is planted


@pytest.fixture
def detector():
    """A network for which each bright square speaks for class 1 and each dark one for class 0; features do both."""
    picture, features = keras.Input((48, 48, 1), name="picture"), keras.Input((2,), name="features")
    x = layers.Rescaling(1 / 128, offset=-1)(picture)
    x = layers.Conv2D(2, CELL, CELL, activation="relu", name="squares")(x)  # (batch, 12, 12, bright and dark)
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(layers.MaxPooling2D(3, name="pooled")(x)), features])
    model = keras.Model([picture, features], layers.Dense(2, name="logits")(x))
    mean = np.full((CELL, CELL, 1), 1 / CELL**2)
    model.get_layer("squares").set_weights([np.stack([mean, -mean], axis=-1), np.full(2, -0.3)])
    model.get_layer("logits").set_weights([np.array([[-1, 1], [1, -1], [1, 0], [0, 1]]), np.zeros(2)])
    return model


@pytest.fixture
def planted():
    """Three pictures of noise with a bright and a dark square each."""
    random = np.random.default_rng(0)
    pictures = random.normal(128, 10, (3, 48, 48))
    pictures[:, *BRIGHT] += 90
    pictures[:, *DARK] -= 90
    return {"picture": pictures.clip(0, 255).astype(np.uint8), "features": random.random((3, 2)).astype(np.float32)}


@pytest.fixture
def residual():
    """A small residual network, whose scores are a weighted mean over its last maps, and noise to look at."""
    keras.utils.set_random_seed(0)
    hp = HyperParameters()
    hp.Fixed("channels", 8)
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    return resnet.build(hp, (48, 48), 7, "small"), {"picture": noise}, np.array([4, 0, 2])


def mass_near(maps, square, margin):
    """Share of each map's positive mass that lies within `margin` pixels of a square."""
    y, x = (slice(max(side.start - margin, 0), side.stop + margin) for side in square)
    positive = np.maximum(maps, 0)
    return positive[:, y, x].sum(axis=(1, 2)) / positive.sum(axis=(1, 2))


@pytest.mark.parametrize(("code", "own"), [(1, BRIGHT), (0, DARK)])
def test_grad_cam_lights_up_where_the_evidence_is_and_not_where_that_of_the_other_class_is(
    detector, planted, code, own
):
    maps = saliency.grad_cam(detector, planted, np.full(3, code))
    assert maps.shape == (3, 48, 48)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    # a cell that the square touches reaches up to one cell beyond it, and half of one more once interpolated
    assert mass_near(maps, own, CELL).min() > 0.6
    assert mass_near(maps, own, CELL + CELL // 2).min() > 0.95
    other = DARK if own is BRIGHT else BRIGHT
    assert mass_near(maps, other, 0).max() < 0.01


@pytest.mark.parametrize(("code", "own"), [(1, BRIGHT), (0, DARK)])
def test_occlusion_falls_where_the_evidence_is_and_rises_where_that_of_the_other_class_is(detector, planted, code, own):
    patch = 6
    maps = saliency.occlusion(detector, planted, np.full(3, code), patch=patch, stride=3)
    assert maps.shape == (3, 48, 48)
    # a pixel is covered together with all within patch - 1 of it; the detectors' cells widen the square by their own
    assert mass_near(maps, own, patch // 2).min() > 0.6
    assert mass_near(maps, own, patch - 1 + CELL).min() > 0.95
    other = DARK if own is BRIGHT else BRIGHT
    assert maps[:, *own].min() > 0 > maps[:, *other].max()


def test_grad_cam_of_a_mean_over_maps_is_its_closed_form(residual):
    model, inputs, classes = residual
    trunk = keras.Model(model.inputs, model.get_layer("stage3_block2").output)
    maps = keras.ops.convert_to_numpy(trunk(inputs, training=False))  # (face, 6, 6, channel)
    kernel = model.get_layer("logits").get_weights()[0]  # (channel, class)
    expected = np.maximum(np.einsum("fyxc,cf->fyx", maps, kernel[:, classes]) / 36, 0)  # Zhou et al., 2016
    found = saliency.grad_cam(model, inputs, classes)
    np.testing.assert_allclose(found, saliency.enlarged(expected, (48, 48)), atol=1e-6)
    assert found.max() > 1e-3


def test_a_map_is_of_the_score_whatever_is_put_behind_it(residual):
    model, inputs, classes = residual
    wrapped = training.with_probabilities(model, 2.5)
    expected = saliency.grad_cam(model, inputs, classes)
    np.testing.assert_array_equal(saliency.grad_cam(wrapped, inputs, classes), expected)
    np.testing.assert_allclose(saliency.scores(wrapped, inputs), model.predict(inputs["picture"], verbose=0), rtol=1e-5)


def test_half_precision_gives_nearly_the_same_map(residual, tmp_path):
    model, inputs, classes = residual
    model.save_weights(tmp_path / "as.weights.h5")
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        hp = HyperParameters()
        hp.Fixed("channels", 8)
        half = resnet.build(hp, (48, 48), 7, "small")
    finally:
        keras.config.set_dtype_policy("float32")
    half.load_weights(tmp_path / "as.weights.h5")
    found, expected = (saliency.grad_cam(network, inputs, classes) for network in (half, model))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=0.1 * expected.max())


def test_more_faces_than_a_batch_give_the_same_maps(residual, monkeypatch):
    model, inputs, classes = residual
    whole = saliency.grad_cam(model, inputs, classes)
    monkeypatch.setattr(saliency, "BATCH", 2)
    np.testing.assert_allclose(saliency.grad_cam(model, inputs, classes), whole, atol=1e-6)


def test_the_deepest_maps_that_are_wide_enough_are_taken(detector, planted):
    assert saliency.convolutional(detector) == ["squares", "pooled"]  # 12 and 4 cells wide
    found, wide, last = (
        saliency.grad_cam(detector, planted, np.ones(3, int), layer) for layer in (None, "squares", "pooled")
    )
    np.testing.assert_array_equal(found, wide)
    assert not np.allclose(found, last)


def test_the_last_maps_are_taken_where_none_is_wide_enough():
    keras.utils.set_random_seed(0)
    picture = keras.Input((16, 20, 1), name="picture")
    x = layers.Conv2D(4, 3, 4, "same", name="first")(picture)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, 2, "same", name="last")(x))
    model = keras.Model(picture, layers.Dense(2, name="logits")(x))
    noise, classes = {"picture": np.random.default_rng(0).random((2, 16, 20))}, np.array([0, 1])
    found = saliency.grad_cam(model, noise, classes)
    assert found.shape == (2, 16, 20)
    assert found.max() > 0
    np.testing.assert_array_equal(found, saliency.grad_cam(model, noise, classes, "last"))


def test_a_layer_with_a_shortcut_around_it_is_refused_and_others_are_named(residual):
    model, inputs, classes = residual
    names = saliency.convolutional(model)
    assert {"stem", "stage1_block1", "stage3_block2"} <= set(names)
    assert not {"stage1_block1_a", "stage2_block1_shortcut", "grey_levels"} & set(names)
    with pytest.raises(ValueError, match="'stage2_block1_a': a shortcut leads around it.*stage2_block1, "):
        saliency.grad_cam(model, inputs, classes, layer="stage2_block1_a")


def test_a_network_of_features_has_no_map():
    inputs = keras.Input((5,), name="features")
    dense = keras.Model(inputs, layers.Dense(2, name="logits")(inputs), name="dense")
    rows, classes = {"features": np.zeros((1, 5))}, np.zeros(1, int)
    for explain in (saliency.grad_cam, saliency.occlusion):
        with pytest.raises(ValueError, match="dense takes features and no picture"):
            explain(dense, rows, classes)


@pytest.fixture
def linear():
    """A network whose score is a sum over pixels, each with its weight, and (face, y, x) what covering each takes."""
    keras.utils.set_random_seed(0)
    picture = keras.Input((12, 8, 1), name="picture")
    model = keras.Model(picture, layers.Dense(2, name="logits")(layers.Flatten()(picture)), name="linear")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 12, 8), dtype=np.uint8)
    kernel = model.get_layer("logits").get_weights()[0][:, 1].reshape(12, 8)
    return model, {"picture": pictures}, kernel * (pictures - pictures.mean(axis=(1, 2), keepdims=True))


def test_occlusion_of_a_linear_score_is_its_closed_form(linear):
    model, inputs, taken = linear
    classes = np.ones(3, int)
    found = saliency.occlusion(model, inputs, classes, patch=1, stride=1)
    np.testing.assert_allclose(found, taken, atol=1e-3)
    found = saliency.occlusion(model, inputs, classes, patch=2, stride=2)
    squares = taken.reshape(3, 6, 2, 4, 2).sum(axis=(2, 4))
    np.testing.assert_allclose(found, squares.repeat(2, axis=1).repeat(2, axis=2), atol=1e-3)
    found = saliency.occlusion(model, inputs, classes, patch=2, stride=1)
    shares = np.outer([1, 2, 1], [1, 2, 1]) / 4  # of four squares over a pixel, how many hold each of its neighbours
    mean_fall = [convolve2d(own, shares, mode="valid") for own in taken]
    np.testing.assert_allclose(found[:, 1:-1, 1:-1], mean_fall, atol=1e-3)


def test_squares_that_do_not_fill_a_picture_still_reach_its_edges(linear):
    model, inputs, taken = linear
    found = saliency.occlusion(model, inputs, np.ones(3, int), patch=8, stride=3)  # as wide as the picture
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:, -1, 0], taken[:, 4:].sum(axis=(1, 2)), atol=1e-3)  # under the last one only


def test_a_network_without_a_convolution_has_no_grad_cam(linear):
    model, inputs, _ = linear
    with pytest.raises(ValueError, match="linear has no convolution"):
        saliency.grad_cam(model, inputs, np.ones(3, int))


def test_normalising_makes_the_highest_value_one_and_leaves_an_empty_map_empty():
    maps = np.array([[[0, 2], [4, 1]], [[0, 0], [0, 0]], [[-1, 0], [0, -2]]], np.float32)
    np.testing.assert_array_equal(saliency.normalised(maps), [maps[0] / 4, maps[1], maps[2]])


EXPLAIN = """
import sys
import keras
import numpy as np
from mien.evaluation import saliency
assert keras.backend.backend() == "jax"
model = keras.saving.load_model(sys.argv[1] + "/model.keras")
rows = np.load(sys.argv[1] + "/rows.npz")
np.save(sys.argv[1] + "/map.npy", saliency.grad_cam(model, {"picture": rows["picture"]}, rows["classes"]))
assert "tensorflow" not in sys.modules
"""


def test_the_map_is_the_same_under_jax(residual, tmp_path):
    pytest.importorskip("jax", reason="JAX is missing: `uv pip install --group backends` installs it")
    model, inputs, classes = residual
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "rows.npz", picture=inputs["picture"], classes=classes)
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", EXPLAIN, str(tmp_path)], check=True, env=environment)
    expected = saliency.grad_cam(model, inputs, classes)
    np.testing.assert_allclose(np.load(tmp_path / "map.npy"), expected, atol=1e-4 * expected.max())


def test_another_backend_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(NotImplementedError, match="'torch': set KERAS_BACKEND=tensorflow or jax"):
        saliency.gradient(abs, 1.0)
