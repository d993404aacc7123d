"""A graph network on the face mesh, of Keras' own layers."""

import keras
import numpy as np
from keras import layers, ops
from keras_tuner import HyperParameters

from mien.models import dense


def build(hp: HyperParameters, train: np.ndarray, adjacency: np.ndarray, n_classes: int) -> keras.Model:
    """Standardisation, residual graph layers, regions as learned weighted sums of points, three dense layers.

    An expression moves the whole face, and a mean over all points would forget where: each point has its own bias,
    and each region weighs the points as it learns. Beside the regions the dense layers are given the whole mesh's
    first components, so that the graph need not find again what no neighbourhood tells.

    Args:
        hp: channels, depth, aggregate, regions, components, units and dropout; its defaults are the committed
            configuration.
        train: (face, point, axis) aligned training meshes, to which the standardisation is fitted.
        adjacency: (point, point) from `mesh_graph.adjacency`; the identity makes it the same network without edges.
        n_classes: outputs.

    Returns:
        A model of aligned meshes (batch, point, axis) -> logits (batch, n_classes).
    """
    channels = hp.Int("channels", 8, 32, step=8, default=16)
    regions = hp.Int("regions", 8, 64, step=8, default=32)
    components = hp.Int("components", 20, 200, step=20, default=100)
    units = hp.Int("units", 128, 1024, step=128, default=1024)
    dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.3)

    inputs = keras.Input(train.shape[1:], name="points")
    x = embed(hp, inputs, train, adjacency, channels)  # (batch, point, channel)
    x = layers.EinsumDense("bnc,nr->brc", (regions, channels), name="regions")(x)
    x = layers.BatchNormalization()(layers.Flatten()(x))
    whole = dense.project(layers.Flatten()(inputs), train.reshape(len(train), -1), components)
    x = layers.Concatenate()([x, whole])  # (batch, regions channels + components)
    for _ in range(3):
        x = _dense(layers.Dropout(dropout)(x), units)
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(n_classes, dtype="float32", name="logits")(x))


def embed(
    hp: HyperParameters, points: keras.KerasTensor, train: np.ndarray, adjacency: np.ndarray, channels: int
) -> keras.KerasTensor:
    """Give every point a vector that knows its own place and those of its neighbours, `depth` + 1 lines far.

    Args:
        hp: depth and aggregate: `convolution` (Kipf & Welling, 2017) takes the normalised sum over a point and its
            neighbours through one dense layer, `gin` (Xu et al., 2019, with epsilon 0) the plain sum through two.
        points, train, adjacency: see `build`.
        channels: length of the vectors.

    Returns:
        (batch, point, channels).
    """
    depth = hp.Int("depth", 1, 4, default=3)
    gin = hp.Choice("aggregate", ["convolution", "gin"]) == "gin"
    places = layers.EinsumDense("bna,ac->bnc", (len(adjacency), channels), bias_axes="nc", name="places")
    x = places(_standardised(points, train, adjacency))
    alone = np.array_equal(adjacency, np.eye(len(adjacency)))  # then there is nothing to multiply with
    listen = layers.Identity() if alone else _fixed(adjacency > 0 if gin else adjacency, channels, name="neighbours")
    for _ in range(depth):
        y = _dense(listen(x), channels)
        x = layers.Add()([x, _dense(y, channels) if gin else y])
    return x


def _standardised(points: keras.KerasTensor, train: np.ndarray, adjacency: np.ndarray) -> keras.KerasTensor:
    """(batch, point, axis) -> (batch, point, 2 axis): where a point is, and where relative to its neighbours' mean.

    Neighbours move together, so relative places are small beside places and drown in them unless standardised apart.
    """
    linked = adjacency > 0
    mean = linked / linked.sum(axis=1, keepdims=True)  # of a point and its neighbours
    relative = _fixed(np.eye(len(mean)) - mean, train.shape[-1], name="relative", dtype="float32")
    standardise = layers.Normalization(
        axis=(1, 2), name="standardise_points", dtype="float32"
    )  # half precision is too coarse
    standardise.adapt(ops.convert_to_numpy(ops.concatenate([train, relative(train)], axis=-1)))
    return standardise(layers.Concatenate(dtype="float32")([points, relative(points)]))


def _fixed(matrix: np.ndarray, channels: int, **options) -> layers.Layer:
    """A layer that does not learn: (batch, point, channel) -> the matrix (point, point) times it."""
    options |= {"trainable": False, "kernel_initializer": "zeros"}  # draws nothing: networks without it start alike
    layer = layers.EinsumDense("bnc,nm->bmc", (len(matrix), channels), **options)
    layer.build((None, len(matrix), channels))
    layer.set_weights([matrix.T])
    return layer


def _dense(x: keras.KerasTensor, units: int) -> keras.KerasTensor:
    x = layers.Dense(units, use_bias=False)(x)  # the batch normalisation has the bias
    return layers.Activation("gelu")(layers.BatchNormalization()(x))
