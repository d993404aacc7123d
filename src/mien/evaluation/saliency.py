"""Where in a picture does a network find evidence for a class? One map by gradients, one by covering the picture up.

Both are of the class's score, the logit, and not of a loss or a probability: what is bright speaks for the class, and
a rival that loses does not light up.
"""

from collections.abc import Callable, Iterator
from itertools import product

import cv2
import keras
import numpy as np
from keras import ops

from mien.engine.progress import tqdm

MIN_WIDTH = 6
"""Cells, at least, of the maps that `grad_cam` takes by itself: of fewer, one is wider than an eye or half a mouth."""

BATCH = 128
"""Faces at once."""


def grad_cam(
    model: keras.Model, inputs: dict[str, np.ndarray], classes: np.ndarray, layer: str | None = None
) -> np.ndarray:
    """Gradient-weighted class activation maps (Selvaraju et al., 2017, equations 1 and 2).

    Args:
        model: of a `picture`, and possibly more; its layer `logits` gives the scores.
        inputs: name -> (face, ...); the picture is (face, y, x), in grey levels.
        classes: (face,) indices of the classes to be explained.
        layer: whose maps are weighted; None takes the deepest that are `MIN_WIDTH` wide, or else the last ones.

    Returns:
        (face, y, x) float32 >= 0 in the size of the picture, in units of the score.

    Raises:
        ValueError: a shortcut leads around the layer, or the network has no convolution of a picture.
        NotImplementedError: under a backend that `gradient` does not know.
    """
    front, tail = _split(model, layer)
    cells = [_weighted(front, tail, part, classes[rows]) for rows, part in _batches(inputs)]
    return enlarged(np.concatenate(cells), inputs["picture"].shape[1:3])


def occlusion(
    model: keras.Model, inputs: dict[str, np.ndarray], classes: np.ndarray, patch: int = 12, stride: int = 4
) -> np.ndarray:
    """How far the score falls when a square of the picture's mean grey covers a place (Zeiler & Fergus, 2014).

    Args:
        model, inputs, classes: see `grad_cam`; any network of pictures will do.
        patch: side of the square, in pixels.
        stride: from one place to the next, at most `patch`; the last one ends where the picture ends.

    Returns:
        (face, y, x) float32: the mean fall over the squares that cover a pixel, in units of the score; what is
        positive speaks for the class, what is negative against it.

    Raises:
        ValueError: the network does not take a picture.
    """
    _require_picture(model)
    pictures, faces = inputs["picture"].reshape(inputs["picture"].shape[:3]), np.arange(len(classes))
    scorer = _scorer(model)  # once: Keras takes a tenth of a second to put one together
    whole = _scores(scorer, inputs)[faces, classes]
    fall, covers = np.zeros(pictures.shape, np.float32), np.zeros(pictures.shape[1:], np.float32)
    places = product(*(_starts(side, patch, stride) for side in covers.shape))
    for y, x in tqdm([*places], "covering", unit="place", delay=1):
        square = np.zeros(covers.shape, bool)
        square[y : y + patch, x : x + patch] = True
        left = _scores(scorer, {**inputs, "picture": greyed(pictures, square)})[faces, classes]
        fall[:, square] += (whole - left)[:, None]
        covers += square
    return fall / covers


def scores(model: keras.Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """The scores, or logits, of each face: (face, class) float32, whatever the model puts behind them."""
    return _scores(_scorer(model), inputs)


def _scorer(model: keras.Model) -> keras.Model:
    return keras.Model(model.inputs, model.get_layer("logits").output)


def _scores(scorer: keras.Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([_array(scorer(part, training=False)) for _, part in _batches(inputs)])


def greyed(pictures: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Cover a part of each picture with its mean grey.

    Args:
        pictures: (face, y, x).
        covered: (y, x) or (face, y, x) bool.

    Returns:
        (face, y, x) float32.
    """
    return np.where(covered, pictures.mean(axis=(1, 2), keepdims=True), pictures).astype(np.float32)


def normalised(maps: np.ndarray) -> np.ndarray:
    """Scale each map (face, y, x) so that its highest value is 1; one with nothing above zero stays as it is."""
    highest = maps.max(axis=(1, 2), keepdims=True)
    return maps / np.where(highest > 0, highest, 1)


def enlarged(maps: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bring maps (face, y', x') to the height and width of the pictures, bilinearly."""
    return np.stack([cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_LINEAR) for cells in maps])


def convolutional(model: keras.Model) -> list[str]:
    """Names of the layers that `grad_cam` can be asked for, from the picture to the output.

    They are those, from the first convolution on, with maps (batch, y, x, channel) through which all goes that the
    scores know of the picture: ends of residual blocks are among them, layers with a shortcut around them are not.

    Raises:
        ValueError: there are none.
    """
    _require_picture(model)
    first = next((i for i, layer in enumerate(model.layers) if isinstance(layer, keras.layers.Conv2D)), None)
    deeper = [] if first is None else model.layers[first:]
    names = [layer.name for layer in deeper if len(layer.output.shape) == 4 and _tail(model, layer.output) is not None]
    if not names:
        raise ValueError(f"{model.name} has no convolution that all of the picture goes through: there is no map of it")
    return names


def gradient(score: Callable, at):
    """The gradient of a scalar function at a tensor, in the way of Keras's backend.

    Raises:
        NotImplementedError: the backend is neither TensorFlow nor JAX.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # here and below: only the backend in use need be installed

        with tf.GradientTape() as tape:
            tape.watch(at)
            value = score(at)
        return tape.gradient(value, at)
    if backend == "jax":
        import jax

        return jax.grad(score)(at)
    raise NotImplementedError(f"no gradients under the Keras backend {backend!r}: set KERAS_BACKEND=tensorflow or jax")


def _weighted(front: keras.Model, tail: keras.Model, part: dict[str, np.ndarray], classes: np.ndarray) -> np.ndarray:
    """Grad-CAM of a batch in the cells of the layer, (face, y', x')."""
    rest = [ops.convert_to_tensor(part[tensor.name], tensor.dtype) for tensor in tail.inputs[1:]]

    def score(maps):
        logits = tail([maps, *rest], training=False)
        return ops.sum(ops.take_along_axis(logits, classes[:, None], axis=1))  # a face's map moves its score alone

    maps = front(part, training=False)
    weights = _array(gradient(score, maps)).mean(axis=(1, 2), keepdims=True)  # (face, 1, 1, channel)
    return np.maximum((weights * _array(maps)).sum(axis=-1), 0)


def _split(model: keras.Model, layer: str | None) -> tuple[keras.Model, keras.Model]:
    """The network up to the maps of a layer, and from there (and from the other inputs) to the scores."""
    names = convolutional(model)
    if layer is None:
        wide = [name for name in names if model.get_layer(name).output.shape[2] >= MIN_WIDTH]
        layer = (wide or names)[-1]
    if layer not in names:
        raise ValueError(
            f"no map of {layer!r}: a shortcut leads around it, or {model.name} has no such convolution; "
            f"there are {', '.join(names)}"
        )
    maps = model.get_layer(layer).output
    return keras.Model(model.inputs, maps), _tail(model, maps)


def _tail(model: keras.Model, maps: keras.KerasTensor) -> keras.Model | None:
    """The network from some maps and the inputs beside the picture on; None where the scores need the picture too."""
    others = [tensor for tensor in model.inputs if tensor.name != "picture"]
    try:
        return keras.Model([maps, *others], model.get_layer("logits").output)
    except ValueError:  # Keras: the output is not connected to the inputs
        return None


def _require_picture(model: keras.Model) -> None:
    names = [tensor.name for tensor in model.inputs]
    if "picture" not in names:
        raise ValueError(f"{model.name} takes {', '.join(names)} and no picture: there is no map of where it looks")


def _batches(inputs: dict[str, np.ndarray]) -> Iterator[tuple[slice, dict[str, np.ndarray]]]:
    for start in range(0, len(next(iter(inputs.values()))), BATCH):
        rows = slice(start, start + BATCH)
        yield rows, {name: values[rows] for name, values in inputs.items()}


def _starts(side: int, patch: int, stride: int) -> list[int]:
    """Where squares begin along a side, the last of them at its end."""
    last = max(side - patch, 0)
    return [*range(0, last, stride), last]


def _array(tensor) -> np.ndarray:
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))  # NumPy has no bfloat16
