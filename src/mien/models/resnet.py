"""Residual networks on the picture of a face (He et al., 2016)."""

from collections.abc import Sequence

import keras
from keras import layers, ops
from keras_tuner import HyperParameters

from mien.models import dlib_resnet

STARTS_FROM = {"small": "random weights", "face": dlib_resnet.SOURCE}
"""The backbones, and what each starts from: `small` is under 1 MB on disk, `face` ten times as large."""

COST = {"small": {"width": 48, "channels": 28}, "face": {"width": 96}}
"""What decides how long a backbone takes: the width in pixels of what it looks at, and its channels."""

RATES = {"small": 2e-3, "face": 1e-3}
"""The learning rate of the largest steps; weights that know faces already want small ones."""


def build(
    hp: HyperParameters, shape: tuple[int, int], n_classes: int, backbone: str, pretrained: bool = True
) -> keras.Model:
    """A residual backbone, the mean over the picture, dropout, and one output per class.

    Args:
        hp: its defaults are the committed configuration.
        shape: height and width of the pictures.
        n_classes: outputs.
        backbone: a key of `STARTS_FROM`.
        pretrained: False: random weights, to be replaced by others.

    Returns:
        A model of gray pictures (batch, y, x, 1) in grey levels, 0 to 255 -> logits (batch, n_classes).
    """
    inputs = keras.Input((*shape, 1), name="picture")
    x = features(hp, inputs, backbone, pretrained)
    x = layers.Dropout(hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.3))(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(n_classes, dtype="float32", name="logits")(x))


def features(
    hp: HyperParameters, picture: keras.KerasTensor, backbone: str, pretrained: bool = True
) -> keras.KerasTensor:
    """The backbone alone.

    Args:
        hp: see `build`.
        picture: (batch, y, x, 1) in grey levels.
        backbone: a key of `STARTS_FROM`.
        pretrained: see `build`.

    Returns:
        (batch, y', x', channel), after a ReLU.

    Raises:
        ValueError: there is no such backbone.
    """
    if backbone not in STARTS_FROM:
        raise ValueError(f"unknown backbone {backbone!r}: there are {', '.join(STARTS_FROM)}")
    width = hp.Int("width", 48, 144, step=16, default=COST[backbone]["width"])
    # not by the layer `Resizing`, which switches those behind it to training (keras-team/keras#23166, in 3.15)
    enlarged = ops.image.resize(picture, (width, width))
    return _small(hp, enlarged) if backbone == "small" else dlib_resnet.trunk(enlarged, pretrained)


def size(network: keras.Model, backbone: str) -> dict[str, int]:
    """What a network, or one whose first layers are of a backbone, has of the settings in `COST`.

    Raises:
        ValueError: it is none on pictures.
    """
    if "grey_levels" not in {layer.name for layer in getattr(network, "layers", ())}:
        raise ValueError("what ships by that name is no network of pictures: nothing goes on from it")
    has = {"width": network.get_layer("grey_levels").input.shape[1], "channels": network.get_layer("stem").filters}
    return {name: has[name] for name in COST[backbone]}


def start_from(network: keras.Model, other: keras.Model) -> list[str]:
    """Take over the weights of another network of the same backbone, trained for another target or longer ago.

    Args:
        network: takes them over; its outputs stay as they are unless both have as many.
        other: gives them.

    Returns:
        Names of the layers that have them.

    Raises:
        ValueError: they have no layer in common, or one, before the outputs, whose weights have other shapes: a network
            half of which is new would be taught as one that is fine-tuned.
    """
    given = {layer.name: layer.get_weights() for layer in other.layers if layer.weights}
    common = [layer for layer in network.layers if layer.name in given]
    same = [layer for layer in common if _shapes(layer.weights) == _shapes(given[layer.name])]
    if not same:
        raise ValueError(f"{other.name} has no layer that {network.name} has: is it of the same backbone?")
    if new := [layer.name for layer in common if layer not in [*same, network.layers[-1]]]:
        raise ValueError(f"{', '.join(new)} of {other.name} have other shapes: is it of the same size?")
    for layer in same:
        layer.set_weights(given[layer.name])
    return [layer.name for layer in same]


def _shapes(weights: Sequence) -> list[tuple[int, ...]]:
    return [tuple(each.shape) for each in weights]


def _small(hp: HyperParameters, picture: keras.KerasTensor) -> keras.KerasTensor:
    """Three stages of batch-normalised residual blocks, at a half, a quarter and an eighth of the width."""
    channels = hp.Int("channels", 16, 64, step=4, default=COST["small"]["channels"])
    x = layers.Rescaling(1 / 128, offset=-1, name="grey_levels")(picture)
    x = _normalised(x, channels, stride=2, name="stem")
    for stage, (factor, blocks) in enumerate(((1, 1), (2, 2), (3, 2)), 1):
        for block in range(1, blocks + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            x = _block(x, factor * channels, stride, f"stage{stage}_block{block}")
    return x


def _normalised(x: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    return layers.ReLU()(_convolved(x, channels, stride, name))


def _convolved(x: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    x = layers.Conv2D(channels, 3, stride, "same", use_bias=False, name=name)(x)
    return layers.BatchNormalization(name=f"{name}_norm")(x)


def _block(x: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    y = _normalised(x, channels, stride, f"{name}_a")
    y = _convolved(y, channels, 1, f"{name}_b")
    if stride > 1:
        x = layers.AveragePooling2D(2)(x)
        x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_shortcut")(x)
    return layers.ReLU(name=name)(layers.Add()([x, y]))
