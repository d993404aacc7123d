from itertools import pairwise

import keras
import numpy as np
from keras_tuner import HyperParameters

from mien.models import vgg


def test_every_block_halves_the_width_and_the_classes_are_the_outputs():
    network = vgg.build(HyperParameters(), (48, 48), 7)
    widths = [layer.output.shape[1] for layer in network.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    assert widths == [24, 12, 6, 3]
    assert network(np.zeros((2, 48, 48, 1), np.float32)).shape == (2, 7)


def test_it_has_as_many_weights_as_its_layers_say():
    """9 c c' of a convolution, four a channel of a normalisation, u u' + u' of a dense layer."""
    channels, hp = (1, 64, 64, 128, 128, 256, 256, 384, 384), HyperParameters()
    convolutions = sum(9 * a * b + 4 * b for a, b in pairwise(channels))
    units = (9 * 384, 384, 384, 7)
    dense = sum(a * b + b for a, b in pairwise(units))
    assert vgg.build(hp, (48, 48), 7).count_params() == convolutions + dense
