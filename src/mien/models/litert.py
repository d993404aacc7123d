"""Networks in LiteRT's format: open in milliseconds, without Keras, and as quick for one face as for many."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

BLOCK = 64
"""Faces that are asked at once: more are no quicker, and need more memory."""


class Network:
    """A network that only answers; threads do not share one.

    Args:
        path: a file that `export.to_litert` wrote.

    Attributes:
        inputs: name -> shape of one face.
    """

    def __init__(self, path: Path):
        from ai_edge_litert.interpreter import Interpreter  # here, as Keras in `store`: most uses need none

        self._run = Interpreter(str(path), num_threads=os.cpu_count()).get_signature_runner()
        details = self._run.get_input_details()
        self.inputs = {name: tuple(map(int, of["shape"][1:])) for name, of in details.items()}

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """(None, ...) of a network of one input, as Keras says it."""
        (shape,) = self.inputs.values()
        return None, *shape

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """What it answers.

        Args:
            inputs: name -> (face, ...), one face at least; the last axis may be missing where it has length 1.

        Returns:
            (face, ...) float32.
        """
        given = {name: np.float32(inputs[name]).reshape(-1, *shape) for name, shape in self.inputs.items()}
        n = len(next(iter(given.values())))
        blocks = ({name: x[i : i + BLOCK] for name, x in given.items()} for i in range(0, n, BLOCK))
        return np.concatenate([next(iter(self._run(**block).values())) for block in blocks])
