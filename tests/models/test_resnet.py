import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

from mien import training
from mien.engine import store
from mien.models import resnet

pytestmark = pytest.mark.usefixtures("eagerly", "few_faces")


@pytest.mark.parametrize("backbone", resnet.STARTS_FROM)
@pytest.mark.parametrize("shape", [(48, 48), (96, 96)])
def test_every_backbone_takes_pictures_of_any_size(backbone, shape):
    network = resnet.build(HyperParameters(), shape, 5, backbone)
    assert network.input_shape == (None, *shape, 1)
    assert network.output_shape == (None, 5)


def test_the_width_inside_is_a_parameter():
    hp = HyperParameters()
    hp.Fixed("width", 96)
    network = resnet.build(hp, (48, 48), 7, "small")
    assert network.get_layer("stem").output.shape[1:3] == (48, 48)  # a half of 96


@pytest.mark.parametrize("backbone", resnet.STARTS_FROM)
def test_called_without_a_word_it_answers_as_when_it_predicts(backbone, crops):
    network = resnet.build(HyperParameters(), (48, 48), 7, backbone)
    called = network(crops[:4, ..., None].astype(np.float32))
    np.testing.assert_allclose(called, network.predict(crops[:4], verbose=0), atol=1e-5)


def test_an_unknown_backbone_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="unknown backbone 'vgg': there are small, face"):
        resnet.build(HyperParameters(), (48, 48), 7, "vgg")


def test_the_small_network_is_under_a_megabyte_on_disk(tmp_path):
    network = training.with_probabilities(resnet.build(HyperParameters(), (48, 48), 7, "small"), 1.0)
    store.save_model(network, tmp_path / "small.keras", half=True)
    assert (tmp_path / "small.keras").stat().st_size < 1_000_000


def test_it_learns_a_dozen_faces_by_heart(crops):
    keras.utils.set_random_seed(0)
    hp = HyperParameters()
    for name, value in {"width": 24, "channels": 8, "dropout": 0.0, "learning_rate": 1e-2}.items():
        hp.Fixed(name, value)
    network = resnet.build(hp, (48, 48), 3, "small")
    labels = np.arange(12) % 3
    training.compile_classifier(network, hp, steps=20)
    for _ in range(20):
        network.train_on_batch(crops[:12, ..., None].astype(np.float32), np.eye(3)[labels])
    # in training mode, since the moving averages of the batch normalisation lag behind after so few steps
    answers = keras.ops.convert_to_numpy(network(crops[:12].astype(np.float32)[..., None], training=True))
    assert (answers.argmax(axis=1) == labels).all()


def test_another_target_goes_on_from_the_weights_of_the_same_backbone():
    seven, five = (resnet.build(HyperParameters(), (48, 48), n, "small") for n in (7, 5))
    taken = resnet.start_from(five, seven)
    assert set(taken) == {layer.name for layer in five.layers if layer.weights} - {"logits"}
    for name in ("stem", "stage2_block1_shortcut", "stage3_block2_b_norm"):
        for own, given in zip(five.get_layer(name).get_weights(), seven.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(own, given)


def test_what_is_no_network_of_pictures_has_no_size():
    inputs = keras.Input((4,))
    for other in (keras.Model(inputs, keras.layers.Dense(2)(inputs)), object()):
        with pytest.raises(ValueError, match="is no network of pictures: nothing goes on from it"):
            resnet.size(other, "small")


def test_another_backbone_has_nothing_to_take_over():
    inputs = keras.Input((48, 48, 1))
    other = keras.Model(inputs, keras.layers.Flatten()(inputs), name="flat")
    with pytest.raises(ValueError, match="flat has no layer that .* has: is it of the same backbone?"):
        resnet.start_from(resnet.build(HyperParameters(), (48, 48), 7, "small"), other)


@pytest.mark.parametrize("backbone", resnet.STARTS_FROM)
def test_in_mixed_precision_weights_and_scores_stay_in_full(backbone, crops):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = training.with_probabilities(resnet.build(HyperParameters(), (48, 48), 7, backbone), 2.0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.get_layer("stem").compute_dtype == "bfloat16"
    assert {str(w.dtype) for w in network.weights} <= {"float32"}
    probabilities = network.predict(crops[:2], verbose=0)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
