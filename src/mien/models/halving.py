"""Large weights of written networks in half precision: half the room, and answers within 0.001 of a probability.

Converters fold batch normalisation into kernels, so that weights that were exact in float16 no longer are: each is off
by up to 1/2048 of itself. The first kernels are small and count most: halved too, they moved a probability by 0.0022,
where without them it is 0.0005 (`benchmarks/export.py`). Runtimes make single precision of all as they open a file.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto
    from tensorflow.lite.python.schema_py_generated import ModelT, TensorT

LARGE = 10_000
"""Weights of a tensor from which on it is halved; all others together are a twentieth of a network's."""


def onnx(model: "ModelProto") -> None:
    """Halve the large tensors of a model in ONNX, and put a cast behind each, of the name that it had."""
    from onnx import TensorProto, helper, numpy_helper  # here: an extra that no other use needs

    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= LARGE:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def litert(path: Path) -> None:
    """Halve the large tensors of a file for LiteRT, and dequantise each before all else."""
    from tensorflow.lite.python import schema_py_generated as schema  # here: TensorFlow takes seconds
    from tensorflow.lite.tools import flatbuffer_utils

    kinds, dequantise = schema.TensorType, schema.BuiltinOperator.DEQUANTIZE
    model = flatbuffer_utils.read_model(str(path))
    (graph,) = model.subgraphs
    single = [i for i, tensor in enumerate(graph.tensors) if tensor.type == kinds.FLOAT32]
    large = [i for i in single if _size(model, graph.tensors[i]) >= 4 * LARGE]
    model.operatorCodes.append(schema.OperatorCodeT(dequantise, None, 3, dequantise))  # version 3 takes float16
    code = len(model.operatorCodes) - 1
    for buffer in {graph.tensors[i].buffer for i in large}:
        model.buffers[buffer].data = _halved(model.buffers[buffer].data)
    for i in large:
        tensor = graph.tensors[i]
        half = schema.TensorT(tensor.shape, kinds.FLOAT16, tensor.buffer, tensor.name + b"_half")
        half.hasRank, tensor.buffer = tensor.hasRank, 0  # where nothing is
        graph.tensors.append(half)
        graph.operators.insert(0, schema.OperatorT(code, [len(graph.tensors) - 1], [i]))
    flatbuffer_utils.write_model(model, str(path))


def _size(model: "ModelT", tensor: "TensorT") -> int:
    """Bytes that stand in the file."""
    data = model.buffers[tensor.buffer].data
    return 0 if data is None else len(data)


def _halved(data: np.ndarray) -> np.ndarray:
    """Bytes of float32 -> of float16."""
    return np.frombuffer(np.asarray(data, np.uint8).tobytes(), "<f4").astype("<f2").view(np.uint8)
