"""Pictures moved under their frame."""

import cv2
import numpy as np

SHIFTS = ((0, 0), (0.05, 0.05), (-0.05, 0.05), (0.05, -0.05), (-0.05, -0.05))
"""Along x and y, in widths: how a face moves in its ten views, five and their mirror images. Enlarged crops, as is more
common, were worth less here."""


def warp(picture: np.ndarray, shift=(0.0, 0.0), zoom: float = 1.0, turn: float = 0.0, flip: bool = False) -> np.ndarray:
    """Move a picture under its frame, by one interpolation.

    Args:
        picture: (y, x) uint8.
        shift: along x and y, as shares of the width and height.
        zoom: above 1 enlarges.
        turn: degrees, anticlockwise.
        flip: mirror left and right first.

    Returns:
        (y, x) uint8, the edge replicated.
    """
    return move(picture, matrix(picture.shape, shift, zoom, turn, flip))


def matrix(shape: tuple[int, int], shift, zoom: float, turn: float, flip: bool) -> np.ndarray:
    """(2, 3): where a pixel (x, y, 1) goes; see `warp`."""
    height, width = shape
    centre = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, turn, zoom)
    matrix[:, 2] += np.multiply(shift, (width, height))
    return matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]]) if flip else matrix


def move(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A picture moved by a matrix, the edge replicated."""
    # linear interpolation would blur what a network then has to read sharp: 0.4 to 0.9 points of FER2013's validation
    size = picture.shape[::-1]
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
