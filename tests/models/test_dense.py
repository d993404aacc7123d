import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

from mien import training
from mien.models import dense

pytestmark = pytest.mark.usefixtures("eagerly")


@pytest.fixture
def rows():
    """(200, 12) features of unlike size that depend on one another."""
    rng = np.random.default_rng(0)
    return (7 + rng.normal(size=(200, 12)) @ rng.normal(size=(12, 12)) * np.logspace(-2, 2, 12)).astype(np.float32)


def projected(rows, components):
    inputs = keras.Input((rows.shape[1],))
    return keras.Model(inputs, dense.project(inputs, rows, components)).predict(rows, verbose=0)


def test_components_are_uncorrelated_centred_and_fall_in_variance(rows):
    covariance = np.cov(projected(rows, 5).T)
    assert np.abs(projected(rows, 5).mean(axis=0)).max() < 1e-3
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-3
    assert (np.diff(np.diag(covariance)) < 0).all()
    assert np.isclose(np.trace(covariance) / 5, 1, rtol=1e-3)


def test_the_unit_of_a_feature_does_not_matter(rows):
    other = rows * np.logspace(-3, 3, 12).astype(np.float32)
    np.testing.assert_allclose(np.abs(projected(rows, 5)), np.abs(projected(other, 5)), atol=1e-2)


def test_few_rows_give_few_components(rows):
    assert projected(rows[:4], 60).shape == (4, 4)


def test_neither_standardisation_nor_components_learn(rows):
    hp = HyperParameters()
    hp.Fixed("units", 128)
    hp.Fixed("depth", 1)
    network = dense.build(hp, rows, 4)
    # dense without bias, scale and shift of the batch normalisation, output with bias
    assert sum(w.numpy().size for w in network.trainable_weights) == 12 * 128 + 2 * 128 + 128 * 4 + 4


def test_it_learns_what_can_be_learned(rows):
    labels = (rows[:, 5] > rows[:, 5].mean()).astype(int)
    keras.utils.set_random_seed(0)
    hp = HyperParameters()
    for name, value in {"units": 32, "depth": 1, "dropout": 0.0, "learning_rate": 1e-2}.items():
        hp.Fixed(name, value)
    network = dense.build(hp, rows, 2)
    training.compile_classifier(network, hp, steps=30)
    for _ in range(30):
        network.train_on_batch(rows, np.eye(2)[labels])
    # in training mode, since the moving averages of the batch normalisation lag behind after so few steps
    answers = keras.ops.convert_to_numpy(network(rows, training=True))
    assert (answers.argmax(1) == labels).mean() > 0.95
