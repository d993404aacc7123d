"""dlib's face recogniser as a trunk that can learn on.

The network of `dlib_face_recognition_resnet_model_v1.dat` (King, 2017; public domain, CC0 1.0) is a residual network
of 29 convolutions after He et al. (2016), trained to tell some 7,500 people apart in 3 million pictures. Its last
residual block and its 128 outputs, which name people, are left out: 27 convolutions, 4.4 million weights, remain.
The recogniser was trained with batch normalisation (Ioffe & Szegedy, 2015), which dlib's file has only as fixed
factors and offsets; it is put back, so that the trunk learns on in large steps.

dlib's file is a stream of layers, the one nearest to the picture first. A convolution is its name `con_4` and a
tensor of its kernel and bias; the affine layer behind it, `affine_`, is a tensor of factors and offsets.
"""

import re
from functools import cache

import keras
import numpy as np
from keras import layers, ops

from mien.engine import assets, xla
from mien.face_model import FaceModel
from mien.vocabulary.labels import EMOTIONS

SOURCE = "dlib's face recogniser (dlib_face_recognition_resnet_model_v1, Davis King, 2017; public domain, CC0 1.0)"

STAGES = ((32, 3), (64, 4), (128, 3), (256, 3))
"""Channels and residual blocks; each stage but the first halves the width."""

MEANS = np.array([122.782, 117.001, 104.298])
"""Levels of red, green and blue that the recogniser takes for zero; 256 levels make 1."""


def trunk(picture: keras.KerasTensor, pretrained: bool = True) -> keras.KerasTensor:
    """Run the recogniser's convolutions, with their weights, on gray pictures.

    Args:
        picture: (batch, y, x, 1) in grey levels, 0 to 255; the answer is that to three equal channels.
        pretrained: False: leave the weights random.

    Returns:
        (batch, y / 32, x / 32, 256), about.
    """
    x = layers.Rescaling(1 / 256, name="grey_levels")(picture)
    x = layers.ReLU()(_convolved(x, 32, 7, 2, "valid", "stem"))
    x = layers.MaxPooling2D(3, 2)(x)
    names = ["stem"]
    for stage, (channels, blocks) in enumerate(STAGES, 1):
        for block in range(1, blocks + 1):
            x = residual(x, channels, halve=stage > 1 and block == 1, name=f"stage{stage}_block{block}")
            names += [f"stage{stage}_block{block}_{part}" for part in "ab"]
    if not pretrained:
        return x
    model = keras.Model(picture, x)
    _set_weights(model, names)
    recalibrate_batchnorm(picture, [model.get_layer(f"{name}_norm") for name in names], _faces(picture.shape[1]))
    return x


def residual(x: keras.KerasTensor, channels: int, halve: bool, name: str) -> keras.KerasTensor:
    """Two convolutions and a shortcut, which is the identity, or an average over 2x2 filled up with zeros.

    Args:
        x: (batch, y, x, channels) or, where it halves, (batch, y, x, channels or channels / 2).
        channels: of the convolutions.
        halve: the width and height.
        name: of the block; its convolutions are `<name>_a` and `<name>_b`.
    """
    y = _convolved(x, channels, 3, 2 if halve else 1, "valid" if halve else "same", f"{name}_a")
    y = _convolved(layers.ReLU()(y), channels, 3, 1, "same", f"{name}_b")
    if halve:
        x = layers.AveragePooling2D(2)(x)
        # an even width gives the average one more row and column than the convolution
        y = ops.pad(y, [(0, 0), *[(0, x.shape[axis] - y.shape[axis]) for axis in (1, 2)], (0, 0)])
        x = ops.pad(x, [(0, 0), (0, 0), (0, 0), (0, channels - x.shape[-1])])
    return layers.ReLU(name=name)(layers.Add()([x, y]))


def recalibrate_batchnorm(
    inputs: keras.KerasTensor, norms: list[layers.BatchNormalization], pictures: np.ndarray
) -> None:
    """Give batch normalisations the mean and variance of what they see, without changing what a network answers.

    Args:
        inputs: of the network, (batch, y, x, 1).
        norms: its batch normalisations.
        pictures: (n, y, x, 1).
    """
    watched = xla.spare(keras.Model(inputs, {norm.name: norm.input for norm in norms}))
    seen = watched.predict(pictures, verbose=0)
    for norm in norms:
        values = np.asarray(seen[norm.name], np.float32)
        gamma, beta, mean, variance = norm.get_weights()
        mean_seen, variance_seen = values.mean((0, 1, 2)), values.var((0, 1, 2))
        factor = gamma / np.sqrt(variance + norm.epsilon)
        deviation = np.sqrt(variance_seen + norm.epsilon)
        norm.set_weights([factor * deviation, beta + factor * (mean_seen - mean), mean_seen, variance_seen])


def _convolved(x, channels: int, kernel: int, strides: int, padding: str, name: str) -> keras.KerasTensor:
    x = layers.Conv2D(channels, kernel, strides, padding, use_bias=False, name=name)(x)
    return layers.BatchNormalization(name=f"{name}_norm")(x)


def _faces(width: int) -> np.ndarray:
    """Sampled faces of every expression, (112, width, width, 1)."""
    model = FaceModel.open()
    drawn = [model.render(*model.sample(16, emotion, seed=0), width) for emotion in range(len(EMOTIONS))]
    return np.concatenate(drawn)[..., None]


def _set_weights(model: keras.Model, names: list[str]) -> None:
    (kernel, bias), *others = convolutions()
    # what is gray has one level for all three colours: their kernels add up, and so do their zeros
    stem = (kernel.sum(2, keepdims=True), bias - np.einsum("yxco,c->o", kernel, MEANS) / 256)
    for name, (kernel, bias) in zip(names, [stem, *others], strict=False):
        model.get_layer(name).set_weights([kernel])
        norm = model.get_layer(f"{name}_norm")
        _, _, mean, variance = norm.get_weights()
        norm.set_weights([np.sqrt(variance + norm.epsilon), bias, mean, variance])  # adds the bias, no more


@cache
def convolutions() -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernels (y, x, in, out) and biases (out,) of dlib's 29 convolutions, each with its affine layer multiplied in."""
    data = assets.dlib_model("dlib_face_recognition_resnet_model_v1.dat").read_bytes()
    found = [_tensor(data, match.end()) for match in re.finditer(rb"con_4|affine_", data)]
    folded = []
    for (weights, (filters, height, width, *_)), (affine, _) in zip(found[::2], found[1::2], strict=True):
        kernel, bias = weights[:-filters].reshape(filters, -1, height, width), weights[-filters:]
        factor, offset = affine[:filters], affine[filters:]
        folded.append((kernel.transpose(2, 3, 1, 0) * factor, bias * factor + offset))
    return folded


def _tensor(data: bytes, at: int) -> tuple[np.ndarray, list[int]]:
    """A tensor of dlib's format (a version, four sizes, float32 values), and the six numbers behind it."""
    header, at = _integers(data, at, 5)
    count = int(np.prod(header[1:]))
    values = np.frombuffer(data, "<f4", count, at)
    return values, _integers(data, at + 4 * count, 6)[0]


def _integers(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """Whole numbers of dlib's format: a byte that says how many bytes follow, then those, the lowest first."""
    values = []
    for _ in range(count):
        end = at + 1 + (data[at] & 0x0F)
        values.append(int.from_bytes(data[at + 1 : end], "little"))
        at = end
    return values, at
