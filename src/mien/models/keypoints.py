"""Networks that say where the keypoints of a face are, in pixels of its picture.

Each point has a map of where it may be: the softmax, over all places, of a convolution. The mean place on the map is
the point, so that nothing is rounded to a grid (Sun et al., 2018, "Integral human pose regression"). The maps are as
fine as a backbone's first stage and know what its last one knows, handed up from stage to stage (Lin et al., 2017,
"Feature pyramid networks for object detection").

Kaggle's rows with four points were marked by other people, in another manner, than those with fifteen, and drawn faces
have their points where the face model has them. Each manner has maps of its own, and teaches the first fifteen through
the features that all share.
"""

import re

import keras
import numpy as np
from keras import layers, ops
from keras_tuner import HyperParameters

from mien.engine import xla
from mien.models import resnet
from mien.vocabulary.topology import KEYPOINTS4, KEYPOINTS15, KEYPOINTS15_MIRROR

POINTS = (*KEYPOINTS15, *KEYPOINTS4, *KEYPOINTS15)
"""What a network is taught: the points of rows with fifteen, of rows with four, and of drawn faces."""

_FOUR = [list(KEYPOINTS15).index(name) for name in KEYPOINTS4]

MIRROR = np.array(
    [
        *KEYPOINTS15_MIRROR,
        *(15 + _FOUR.index(KEYPOINTS15_MIRROR[k]) for k in _FOUR),
        *(19 + k for k in KEYPOINTS15_MIRROR),
    ]
)
"""(34,) entry i is the point of `POINTS` that takes place i when the picture is mirrored."""


def by_marking(points: np.ndarray) -> np.ndarray:
    """Put the points of rows that have no more than four where those of their manner belong.

    Args:
        points: (face, 15, 2), NaN where missing.

    Returns:
        (face, 34, 2) in the order of `POINTS`, NaN but for the fifteen or the four of each row's manner.
    """
    four, rest = points[:, _FOUR], np.delete(points, _FOUR, axis=1)
    few = np.isnan(rest).all(axis=(1, 2))[:, None, None]
    drawn = np.full_like(points, np.nan)
    return np.concatenate([np.where(few, np.nan, points), np.where(few, four, np.nan), drawn], axis=1)


def as_drawn(points: np.ndarray) -> np.ndarray:
    """Put the points of drawn faces (face, 15, 2) where those belong: (face, 34, 2), the others NaN."""
    return np.pad(points, ((0, 0), (len(POINTS) - len(KEYPOINTS15), 0), (0, 0)), constant_values=np.nan)


def build(hp: HyperParameters, shape: tuple[int, int], backbone: str) -> keras.Model:
    """The first stages of a residual backbone, and a map for every point.

    Args:
        hp: its defaults are the committed configuration.
        shape: height and width of the pictures.
        backbone: a key of `resnet.STARTS_FROM`.

    Returns:
        A model of gray pictures (batch, y, x, 1) in grey levels, 0 to 255 -> (batch, 34, 2) x and y in pixels, a
        pixel's centre at its whole number, in the order of `POINTS`.
    """
    picture = keras.Input((*shape, 1), name="picture")
    stages = _stages(keras.Model(picture, resnet.features(hp, picture, backbone)))[:3]
    channels = hp.Int("map_channels", 32, 128, step=32, default=64)
    x = layers.Conv2D(channels, 1, name=f"lateral{len(stages)}")(stages[-1])
    for number, stage in reversed(list(enumerate(stages[:-1], 1))):
        x = ops.image.resize(x, stage.shape[1:3])
        x = layers.ReLU()(layers.Add()([x, layers.Conv2D(channels, 1, name=f"lateral{number}")(stage)]))
        x = layers.Conv2D(channels, 3, padding="same", activation="relu", name=f"merged{number}")(x)
    manners = {"maps": len(KEYPOINTS15) + len(KEYPOINTS4), "drawn_maps": len(KEYPOINTS15)}
    maps = [layers.Conv2D(points, 1, dtype="float32", name=name)(x) for name, points in manners.items()]
    return keras.Model(picture, _mean_places(layers.Concatenate(dtype="float32")(maps), shape))


def size(network: keras.Model, backbone: str) -> dict[str, int]:
    """As `resnet.size`, and how many channels the maps are made of."""
    return resnet.size(network, backbone) | {"map_channels": network.get_layer("lateral1").filters}


def _stages(backbone: keras.Model) -> list[keras.KerasTensor]:
    """What the last block of every stage gives, the finest first."""
    found = (re.fullmatch(r"(stage\d)_block\d", layer.name) for layer in backbone.layers)
    last = {match[1]: match[0] for match in found if match}
    return [backbone.get_layer(name).output for name in last.values()]


def _mean_places(maps: keras.KerasTensor, shape: tuple[int, int]) -> keras.KerasTensor:
    """(batch, y', x', point) logits -> (batch, point, 2) pixels of a picture of a shape."""
    _, height, width, points = maps.shape
    x = layers.Permute((2, 1))(layers.Reshape((height * width, points))(maps))
    x = layers.Softmax(dtype="float32")(x)  # (batch, point, place)
    place = layers.Dense(2, use_bias=False, dtype="float32", name="place")  # learns what a stage cuts off at its edges
    x = place(x)
    y, x_ = (np.indices((height, width)).reshape(2, -1) + 0.5) / [[height], [width]]
    place.set_weights([np.stack([x_, y], axis=1)])
    return layers.Rescaling(list(shape[::-1]), -0.5, dtype="float32", name="points")(x)


def as_product(network: keras.Model) -> keras.Model:
    """The fifteen points alone.

    The mean with the answer to the mirror image was nearer by 1 % on validation, and took twice the time.

    Args:
        network: as `build` makes it.

    Returns:
        A model of the same pictures -> (batch, 15, 2) in the order of `topology.KEYPOINTS15`.
    """
    return xla.spare(keras.Model(network.input, network.output[:, : len(KEYPOINTS15)]))
