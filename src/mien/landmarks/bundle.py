"""The three networks in MediaPipe's `face_landmarker.task`, run by LiteRT."""

import threading
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from mien.engine import assets


class Network:
    """A network of one input. Threads take turns: a worker of Dask has a new one now and then, and each would be large.

    Args:
        content: of a `.tflite` file.
    """

    def __init__(self, content: bytes):
        self._interpreter = Interpreter(model_content=content, num_threads=1)
        self._interpreter.allocate_tensors()
        (self._input,) = (each["index"] for each in self._interpreter.get_input_details())
        self._outputs = [each["index"] for each in self._interpreter.get_output_details()]
        self._lock = threading.Lock()

    def __call__(self, given: np.ndarray) -> list[np.ndarray]:
        """All it answers to one input, each with the shape that the file says."""
        with self._lock:
            self._interpreter.set_tensor(self._input, given.astype(np.float32))
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index) for index in self._outputs]


@dataclass(frozen=True)
class Models:
    """Attributes:
    detector: (1, 128, 128, 3) from -1 to 1 -> (1, 896, 16) boxes and (1, 896, 1) logits, see `blazeface`.
    mesh: (1, 256, 256, 3) from 0 to 1 -> 478 points, (1, 1, 1, 1434), the logit of a face's presence, (1, 1, 1, 1),
        and another, (1, 1), of a tongue that is out.
    blendshapes: (1, 146, 2) points in pixels -> (52,) scores from 0 to 1.
    """

    detector: Network
    mesh: Network
    blendshapes: Network


def models(fetch: bool = True) -> Models:
    """The networks, opened once in a process.

    Args:
        fetch: see `assets.find`.

    Raises:
        assets.AssetUnavailable: the file is not to be had, or is not MediaPipe's.
    """
    return _opened(assets.find(assets.FACE_LANDMARKER, fetch))


def cut(image: np.ndarray, matrix: np.ndarray, size: int, border: int) -> np.ndarray:
    """A picture for a network, as OpenCV 4 cuts it in MediaPipe: places in whole 32nds of a pixel, grey levels rounded.

    OpenCV 5 computes otherwise, and the surest score of a face then differs by 0.003.

    Args:
        image: (height, width, 3) uint8.
        matrix: (2, 3) from places (x, y, 1) in the result to those in the picture; 0 is the middle of the first pixel.
        size: height and width of the result.
        border: OpenCV's way to go on where the picture ends.

    Returns:
        (1, size, size, 3) uint8.
    """
    k = np.arange(size, dtype=np.float32)
    x, y = (np.rint(row[0] * k + (row[1] * k + row[2])[:, None]).astype(np.int32) for row in np.float32(32 * matrix))
    whole, rest = np.stack([x >> 5, y >> 5], axis=-1, dtype=np.int16, casting="unsafe"), (y & 31) * 32 + (x & 31)
    return cv2.remap(image, whole, rest.astype(np.uint16), cv2.INTER_LINEAR, borderMode=border)[None]


@cache
def _opened(file: Path) -> Models:
    with zipfile.ZipFile(file) as bundle:
        names = ("face_detector", "face_landmarks_detector", "face_blendshapes")
        return Models(*(Network(bundle.read(f"{name}.tflite")) for name in names))
