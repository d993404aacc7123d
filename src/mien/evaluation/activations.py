"""What do the convolutions see? Their kernels, their maps, and which channels tell which class."""

import keras
import numpy as np
from keras import layers, ops


def maps(model: keras.Model, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What every convolution says of each face, rectified.

    A convolution is read behind the batch normalisation and the ReLU that follow it directly, as the rest of the
    network reads it. Where a shortcut is added before the ReLU, its own share is what is rectified.

    Args:
        model: of a `picture`, and possibly more.
        inputs: name -> (face, ...); the picture is (face, y, x), in grey levels. All go through at once.

    Returns:
        Layer name -> (face, y, x, channel) float32 >= 0, from the picture to the output.

    Raises:
        ValueError: there is no convolution.
    """
    convolutions = _convolutions(model)
    probe = keras.Model(model.inputs, [_passed_on(model, layer) for layer in convolutions])
    found = keras.tree.flatten(probe(inputs, training=False))
    rectified = [ops.convert_to_numpy(ops.relu(ops.cast(tensor, "float32"))) for tensor in found]
    return {layer.name: values for layer, values in zip(convolutions, rectified, strict=True)}


def kernels(model: keras.Model) -> np.ndarray:
    """The kernels of the first convolution, (channel, y, x), of a model of gray pictures.

    Raises:
        ValueError: there is no convolution.
    """
    return ops.convert_to_numpy(_convolutions(model)[0].kernel)[:, :, 0].transpose(2, 0, 1)  # it has one input channel


def selectivity(strength: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """How well each channel by itself tells each class from the rest: d' of signal detection (Green & Swets, 1966).

    Args:
        strength: (face, channel), e.g. a map's mean over the picture.
        labels: (face,) class indices.
        classes: how many there are.

    Returns:
        (class, channel): the difference of the means over the root of the mean variance; 0 where a channel never
        changes, or a class has no face.
    """
    found = np.zeros((classes, strength.shape[1]))
    for code in np.unique(labels):
        own, rest = strength[labels == code], strength[labels != code]
        spread = np.sqrt((own.var(axis=0) + rest.var(axis=0)) / 2)
        found[code] = np.divide(own.mean(axis=0) - rest.mean(axis=0), spread, out=found[code], where=spread > 0)
    return found


def _convolutions(model: keras.Model) -> list[layers.Layer]:
    found = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    if not found:
        raise ValueError(f"{model.name} has no convolution: there is no map of what it sees")
    return found


def _passed_on(model: keras.Model, layer: layers.Layer) -> keras.KerasTensor:
    """The output of a convolution, behind the batch normalisation and the ReLU that take nothing else."""
    steps = (layers.BatchNormalization, layers.ReLU)
    following = {id(after.input): after for after in model.layers if isinstance(after, steps)}
    while id(layer.output) in following:
        layer = following[id(layer.output)]
    return layer.output
