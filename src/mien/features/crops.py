"""Pictures of eyes, nose and mouth alone, cut out around a face's landmarks."""

import cv2
import numpy as np
import xarray as xr

from mien.vocabulary import topology

SIDE = 0.4
"""Side of the square that is kept around a point, in inter-ocular distances: 7 pixels of a 48x48 face. With 0.35 the
mask of 37 % of FER2013's faces has holes, between eye and brow or in an open mouth; with 0.4, of 19 %; more would keep
cheeks."""

PARTS = ("right eye", "left eye", "nose", "mouth")
"""What `parts` cuts out, in this order; sides are the subject's, so the right eye is on the viewer's left."""

WIDTHS = (1.0, 1.0, 1.1, 1.3)
"""Widths of the four crops in inter-ocular distances: on FER2013 they hold the brow, the nose from bridge to wings
and, on 19 of 20 faces, the whole mouth."""

RAISE = 0.2
"""How far an eye's crop is centred above the eye, in inter-ocular distances, so that the brow is in."""


def masked(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Keep the squares of side `SIDE` around the points of eyes, nose and mouth; all else becomes zero.

    Args:
        image: (face, y, x) uint8.
        points: (face, 68 or 478, axes) dlib's or MediaPipe's points in pixels, a pixel's centre at its whole number.

    Returns:
        (face, y, x) uint8; all zero where the points are NaN or both eyes have one centre.
    """
    points = topology.as_dlib68(points)[..., :2]
    half = SIDE / 2 * topology.interocular(points)[:, None, None]
    x, y = np.moveaxis(points[:, list(topology.ENM)], -1, 0)[..., None]  # (face, 51, 1) each
    rows = abs(np.arange(image.shape[1]) - y) < half  # (face, 51, y); False of NaN
    columns = abs(np.arange(image.shape[2]) - x) < half  # (face, 51, x)
    squares = rows.astype(np.float32).transpose(0, 2, 1) @ columns.astype(np.float32)  # how many hold a pixel
    return image * (squares > 0)


def parts(image: np.ndarray, points: np.ndarray, size: int = 24) -> np.ndarray:
    """Cut out eyes, nose and mouth, turned so that the eyes are level and scaled by the distance between them.

    Args:
        image: (face, y, x) uint8.
        points: (face, 68 or 478, axes) dlib's or MediaPipe's points in pixels, a pixel's centre at its whole number.
        size: height and width of a crop in pixels.

    Returns:
        (face, 4, size, size) uint8, in the order of `PARTS`; where a crop leaves the picture the edge is repeated. All
        zero where the points are NaN or both eyes have one centre.
    """
    points = topology.as_dlib68(points)[..., :2]
    cut = np.zeros((len(image), len(PARTS), size, size), np.uint8)
    placed = _placements(points, size)
    for face in np.flatnonzero(topology.interocular(points) > 0):  # False of NaN
        for part, matrix in enumerate(placed[face]):
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            cv2.warpAffine(
                image[face], matrix, (size, size), cut[face, part], flags=flags, borderMode=cv2.BORDER_REPLICATE
            )
    return cut


def _placements(points: np.ndarray, size: int) -> np.ndarray:
    """(face, 68, 2) -> (face, 4, 2, 3): where in the face's picture each pixel of a crop comes from."""
    right, left = topology.eye_centres(points)
    across = left - right  # one inter-ocular distance to the viewer's right
    down = np.stack([-across[:, 1], across[:, 0]], axis=-1)
    nose, mouth = (points[:, list(topology.DLIB_REGIONS[name])].mean(axis=1) for name in ("nose", "mouth"))
    centres = np.stack([right - RAISE * down, left - RAISE * down, nose, mouth], axis=1)  # (face, 4, 2)
    steps = np.stack([across, down], axis=-1)[:, None] * np.reshape(WIDTHS, (4, 1, 1)) / size  # (face, 4, 2, 2)
    corners = centres - steps.sum(axis=-1) * (size - 1) / 2
    return np.concatenate([steps, corners[..., None]], axis=-1)


def crops(faces: xr.Dataset, size: int = 24) -> xr.Dataset:
    """Both kinds of pictures of some faces.

    Args:
        faces: a faces dataset with its landmarks: `image` (face, y, x) uint8 and `points` (face, point, axis).
        size: height and width of a crop in pixels.

    Returns:
        `masked` (face, y, x) and `parts` (face, part, row, column), uint8; the face coordinates are kept.
    """
    image, points = faces["image"].values, faces["points"].values
    pictures = {
        "masked": (("face", "y", "x"), masked(image, points)),
        "parts": (("face", "part", "row", "column"), parts(image, points, size)),
    }
    of_faces = {name: c for name, c in faces.coords.items() if c.dims == ("face",)}
    return xr.Dataset(pictures, coords={**of_faces, "part": np.array(PARTS, object)})


def mosaic(parts: np.ndarray) -> np.ndarray:
    """Lay the four crops of each face out as one picture: the eyes above, nose and mouth below.

    Args:
        parts: (face, 4, size, size), in the order of `PARTS`.

    Returns:
        (face, 2 size, 2 size), which any convolutional network takes.
    """
    n, _, height, width = parts.shape
    return parts.reshape(n, 2, 2, height, width).transpose(0, 1, 3, 2, 4).reshape(n, 2 * height, 2 * width)
