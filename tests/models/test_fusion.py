import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

from mien import training
from mien.engine import store
from mien.models import dense, fusion, resnet

pytestmark = pytest.mark.usefixtures("eagerly")


@pytest.fixture
def branches():
    """A network of pictures and one of features."""
    keras.utils.set_random_seed(0)
    hp = HyperParameters()
    hp.Fixed("channels", 16)
    hp.Fixed("units", 128)
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    return resnet.build(hp, (48, 48), 3, "small"), dense.build(hp, rows, 3)


@pytest.fixture
def given(crops):
    rng = np.random.default_rng(1)
    return {"picture": crops[:8], "features": rng.normal(size=(8, 6)).astype(np.float32)}


def test_both_inputs_decide(branches, given):
    network = fusion.join(HyperParameters(), *branches, 3)
    answer = network.predict(given, verbose=0)
    assert answer.shape == (8, 3)
    for name in given:
        other = network.predict({**given, name: given[name][::-1]}, verbose=0)
        assert not np.allclose(answer, other)


def test_the_branches_keep_the_weights_they_come_with_and_learn_on(branches, given):
    pictures, features = branches
    known = [pictures.get_layer("stem").get_weights(), features.get_layer("principal_components").get_weights()]
    network = fusion.join(HyperParameters(), pictures, features, 3)
    for name, weights in zip(("stem", "distances_principal_components"), known, strict=True):
        for own, brought in zip(network.get_layer(name).get_weights(), weights, strict=True):
            np.testing.assert_array_equal(own, brought)
    training.compile_classifier(network, HyperParameters(), steps=1)
    network.fit(given, np.eye(3)[np.arange(8) % 3], verbose=0)
    assert not np.array_equal(network.get_layer("stem").get_weights()[0], known[0][0])


def test_the_joint_is_given_what_a_branch_alone_knows(branches, given):
    pictures, features = branches
    network = fusion.join(HyperParameters(), pictures, features, 3)
    joint = keras.Model(network.inputs, network.get_layer("joint_distances").input)
    alone = keras.Model(features.input, features.get_layer("logits").input)
    expected = alone.predict(given["features"], verbose=0)
    np.testing.assert_allclose(joint.predict(given, verbose=0), expected, atol=1e-5)


def test_a_branch_from_a_file_may_have_names_that_the_other_has(branches, given, tmp_path):
    pictures, features = branches
    store.save_model(features, tmp_path / "features.keras")
    keras.backend.clear_session()  # names are counted anew, as in another notebook
    again = store.open_model(tmp_path / "features.keras")
    pictures = resnet.build(HyperParameters(), (48, 48), 3, "small")
    assert {layer.name for layer in again.layers} & {layer.name for layer in pictures.layers}
    assert fusion.join(HyperParameters(), pictures, again, 3).predict(given, verbose=0).shape == (8, 3)


def test_its_file_answers_as_it_did(branches, given, tmp_path):
    model = training.with_probabilities(fusion.join(HyperParameters(), *branches, 3), 1.5)
    store.save_model(model, tmp_path / "joined.keras")
    again = store.open_model(tmp_path / "joined.keras")
    np.testing.assert_allclose(again.predict(given, verbose=0), model.predict(given, verbose=0), atol=1e-6)
