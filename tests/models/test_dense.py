import numpy as np
import pytest
from keras_tuner import HyperParameters

from mien import training
from mien.models import dense


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(7, 3, (200, 12)).astype(np.float32)


def test_the_model_standardises_by_itself(rows):
    """The same network on raw features and on features in another unit learns from the same numbers."""
    one, other = (dense.build(HyperParameters(), scale * rows, 4) for scale in (1, 1000))
    other.set_weights([*other.get_weights()[:3], *one.get_weights()[3:]])  # all but mean, variance, count
    np.testing.assert_allclose(one.predict(rows, verbose=0), other.predict(1000 * rows, verbose=0), atol=1e-3)


def test_hyper_parameters_shape_the_network(rows):
    hp = HyperParameters()
    hp.Fixed("units", 128)
    hp.Fixed("depth", 1)
    network = dense.build(hp, rows, 4)
    # dense without bias, batch normalisation (scale, shift, mean, variance), output, standardisation (mean, var, count)
    assert network.count_params() == 12 * 128 + 4 * 128 + 128 * 4 + 4 + 2 * 12 + 1


def test_it_learns_what_can_be_learned(rows):
    labels = (rows[:, 0] > rows[:, 1]).astype(int)
    network = dense.build(HyperParameters(), rows, 2)
    training.compile_classifier(network, HyperParameters(), steps=60 * 4)
    network.fit(rows, np.eye(2)[labels], epochs=60, batch_size=50, verbose=0)
    assert (network.predict(rows, verbose=0).argmax(1) == labels).mean() > 0.95
