"""What a model says, drawn on the picture it says it of."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb

from mien.faces.cropping import Box, square
from mien.inference.predictor import BOX, POINTS
from mien.plots import style
from mien.vocabulary.topology import mesh_edges

FONT = cv2.FONT_HERSHEY_SIMPLEX
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def annotated(
    image: np.ndarray, faces: pd.DataFrame, classes: Sequence[str], bars: bool = True, keypoints: bool = True
) -> np.ndarray:
    """Draw a box around each face, with its expression, a bar for each probability, and its keypoints.

    Args:
        image: (height, width, 3) uint8 RGB.
        faces: a row a face, as `Predictor.predict` gives it of a picture; its `id`, where there is such a column, is
            written too. What is missing is left out.
        classes: whose probabilities are drawn.
        bars: draw them.
        keypoints: draw those that there are.

    Returns:
        Another picture of the same size.
    """
    drawn = image.copy()
    for _, face in faces.iterrows():
        known = isinstance(face["expression"], str)
        colour = _colour(face["expression"]) if known else (160, 160, 160)
        box = face[BOX].to_numpy(int)
        size = np.clip((box[2] - box[0]) / 200, 0.7, 1.2)
        cv2.rectangle(drawn, box[:2].tolist(), box[2:].tolist(), colour, max(1, round(2 * size)))
        _write(drawn, _title(face, known), (box[0], box[1] - round(8 * size)), size)
        if bars and known:
            _bars(drawn, face[[*classes]].to_numpy(float), classes, box, size)
        if keypoints and POINTS[0] in face:
            points = face[POINTS].to_numpy(float)
            _points(drawn, points.reshape(-1, 2), max(1, round(2.5 * size)))
    return drawn


def with_meshes(image: np.ndarray, meshes: Iterable[np.ndarray]) -> np.ndarray:
    """Draw the lines of MediaPipe's meshes, each (478, axes) in pixels, on a copy of a picture."""
    drawn = image.copy()
    for mesh in meshes:
        lines = np.rint(16 * mesh[mesh_edges(), :2]).astype(np.int32)  # (edge, 2, 2), in sixteenths of a pixel
        cv2.polylines(drawn, list(lines), False, (200, 230, 255), 1, cv2.LINE_AA, shift=4)
    return drawn


def with_heat(image: np.ndarray, maps: Iterable[np.ndarray], boxes: Iterable[Box]) -> np.ndarray:
    """Lay maps, each (y, x) from 0 to 1, over the squares around boxes of a copy of a picture; 0 is clear."""
    drawn = image.copy()
    for own, box in zip(maps, boxes, strict=True):
        left, top, side = square(box)
        (x, y), (right, bottom) = np.clip([(left, top), (left + side, top + side)], 0, image.shape[1::-1])
        share = cv2.resize(own, (side, side), interpolation=cv2.INTER_LINEAR).clip(0, 1)
        share = share[y - top : bottom - top, x - left : right - left]
        colours = cv2.cvtColor(cv2.applyColorMap(np.uint8(255 * share), cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
        weight = 0.7 * share[..., None]
        drawn[y:bottom, x:right] = (1 - weight) * drawn[y:bottom, x:right] + weight * colours
    return drawn


def with_lines(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """Write lines of text into the lower left corner of a copy of a picture."""
    drawn = image.copy()
    size = np.clip(image.shape[1] / 1280, 0.7, 1.2)
    for i, line in enumerate(reversed(lines)):
        _write(drawn, line, (round(12 * size), image.shape[0] - round((14 + 28 * i) * size)), size)
    return drawn


def _colour(expression: str) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in to_rgb(style.colour_of(expression)))


def _title(face: pd.Series, known: bool) -> str:
    """What stands above the box, e.g. `3 happy 93%, eyes wide`."""
    said = f"{face['expression']} {face[face['expression']]:.0%}" if known else "no landmarks"
    number = f"{face['id']} " if "id" in face else ""
    eyes = f", eyes {face['eye_state']}" if isinstance(face.get("eye_state"), str) else ""
    return f"{number}{said}{eyes}"


def _bars(image: np.ndarray, values: np.ndarray, classes: Sequence[str], box: np.ndarray, size: float) -> None:
    """A bar for each class, to the right of the box, or to its left where there is more room; within the picture."""
    height, width = round(22 * size), round(130 * size)
    right = image.shape[1] - box[2] >= min(width, box[0])
    left = int(np.clip(box[2] + 4 if right else box[0] - width - 4, 0, max(image.shape[1] - width, 0)))
    for i, (name, value) in enumerate(zip(classes, values, strict=True)):
        top = box[1] + i * height
        _shade(image, (left, top), (left + width, top + height - 2))
        cv2.rectangle(image, (left, top), (left + round(value * width), top + height - 3), _colour(name), cv2.FILLED)
        cv2.putText(image, name, (left + 4, top + round(16 * size)), FONT, 0.5 * size, WHITE, 1, cv2.LINE_AA)


def _shade(image: np.ndarray, first: tuple[int, int], last: tuple[int, int]) -> None:
    """Darken a rectangle, so that what is written on it can be read."""
    (left, top), (right, bottom) = np.clip([first, last], 0, image.shape[1::-1])
    image[top:bottom, left:right] //= 3


def _points(image: np.ndarray, points: np.ndarray, radius: int) -> None:
    for point in points[np.isfinite(points).all(axis=1)]:
        place = np.rint(16 * point).astype(int).tolist()
        cv2.circle(image, place, 16 * (radius + 1), BLACK, cv2.FILLED, cv2.LINE_AA, shift=4)
        cv2.circle(image, place, 16 * radius, WHITE, cv2.FILLED, cv2.LINE_AA, shift=4)


def _write(image: np.ndarray, text: str, place: tuple[int, int], size: float) -> None:
    """White on a darkened strip, from its lower left corner, kept within the picture."""
    (width, height), below = cv2.getTextSize(text, FONT, 0.6 * size, 1)
    x = int(np.clip(place[0], 2, max(image.shape[1] - width - 4, 2)))
    y = int(np.clip(place[1], height + 2, max(image.shape[0] - below - 2, height + 2)))
    _shade(image, (x - 2, y - height - 2), (x + width + 2, y + below))
    cv2.putText(image, text, (x, y), FONT, 0.6 * size, WHITE, 1, cv2.LINE_AA)
