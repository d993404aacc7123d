"""Networks in ONNX and in LiteRT's format, as Keras computes in single precision, or with large weights halved."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from mien.engine import store
from mien.models import halving, pretrained
from mien.models.clone import copied

if TYPE_CHECKING:
    from onnx import GraphProto

FACES = "face"
"""The first axis of inputs and output, however many faces there are."""


def network(name: str) -> keras.Model:
    """A model that ships as a network: as it is, or, of eye states, the ordinal regression as one.

    Raises:
        ValueError: as `pretrained.load`.
    """
    return as_network(pretrained.load(name), pretrained.describe(name))


def as_network(model, about: dict) -> keras.Model:
    """A network as it is; the ordinal regression of eye states as one.

    Args:
        model: a network, or `ordinal.build`, fitted.
        about: with `inputs`, name -> shape of one face.
    """
    if isinstance(model, keras.Model):
        return model
    from mien.models import ordinal  # here: it brings scikit-learn, which takes a second

    return ordinal.as_network(model, *about["inputs"])


def single(model: keras.Model) -> keras.Model:
    """The same in single precision, what it standardises by as numbers: tf2onnx makes inputs of tensors."""
    copy = copied(model, lambda _: {"dtype": "float32"})
    for layer in copy.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
    copy(keras.tree.map_structure(lambda tensor: np.zeros((1, *tensor.shape[1:]), np.float32), copy.input))
    return copy


def to_litert(model: keras.Model, path: Path, half: bool = False) -> None:
    """Write a network in LiteRT's format.

    Args:
        model: of named inputs and one output.
        path: ends in `.tflite`.
        half: its large weights in half precision, see `halving`.

    Raises:
        RuntimeError: it has an operation that LiteRT does not know.
    """
    with store.aside(path) as temporary:
        single(model).export(temporary, format="litert", verbose=False)
        if half:
            halving.litert(temporary)


def check_onnx() -> None:
    """Raise ValueError where what writes ONNX is missing, with what installs it."""
    if find_spec("tf2onnx") is None:
        raise ValueError(
            "tf2onnx, which writes ONNX, is missing: install Mien with its extra `onnx`, in a clone by "
            "`.venv/bin/uv pip install -e '.[onnx]'`"
        )


def to_onnx(model: keras.Model, path: Path, answer: str, half: bool = False) -> None:
    """Write a network in ONNX.

    The file's inputs are named as the network's, (face, ...) float32.

    Args:
        model: of named inputs and one output.
        path: ends in `.onnx`.
        answer: name of the output, e.g. `probabilities`.
        half: its large weights in half precision, see `halving`.

    Raises:
        ValueError: tf2onnx is missing, or the network holds what it cannot write.
    """
    check_onnx()
    import onnx  # here, with tf2onnx: an extra that no other use needs

    with store.aside(path) as temporary:
        single(model).export(temporary, format="onnx", verbose=False)
        proto = onnx.load(temporary)
        _name(proto.graph, model, answer)
        if half:
            halving.onnx(proto)
        try:
            onnx.checker.check_model(proto, full_check=True)
        except onnx.checker.ValidationError as error:
            raise ValueError(f"the network has an operation that ONNX does not know: {error}") from error
        onnx.save(proto, temporary)


def _name(graph: "GraphProto", model: keras.Model, answer: str) -> None:
    """Give the output its name, and the first axis of inputs and output."""
    if unknown := {given.name for given in graph.input} - {tensor.name for tensor in model.inputs}:
        raise ValueError(f"the network holds constants that tf2onnx makes inputs: {', '.join(sorted(unknown))}")
    (output,) = graph.output
    for node in graph.node:
        node.output[:] = [answer if name == output.name else name for name in node.output]
    output.name = answer
    for tensor in (*graph.input, output):
        tensor.type.tensor_type.shape.dim[0].dim_param = FACES
    for axis, size in zip(output.type.tensor_type.shape.dim[1:], model.output_shape[1:], strict=True):
        axis.dim_value = size
