"""MediaPipe's face mesh: 478 points in three dimensions and 52 blendshapes (Kartynnik et al., 2019).

Google's networks, run by LiteRT. What they take and give is that of MediaPipe's graphs `face_landmarker_graph.cc`,
`face_landmarks_detector_graph.cc` and `face_blendshapes_graph.cc` and of the calculators that these name.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import xarray as xr
from scipy.special import expit

from mien.landmarks import blazeface, bundle
from mien.vocabulary.topology import BLENDSHAPES

POINTS = 478

SIZE = 192
"""Pictures are enlarged to this width before a face is looked for."""

CONFIDENCE = 0.1
"""Lowest score of a face that is looked at: at the default of 0.5 many a tightly cut face is lost."""

INPUT = 256
"""Width of the picture that the network of the points takes, and the unit of what it answers."""

ZOOM = 1.5
"""Width of the square that is looked at, in longer sides of the box around a face."""

EYES = 33, 263
"""The points whose line is level in the square of the next frame: the outer corners of the eyes."""

OF_BLENDSHAPES = np.array(
    """
    0 1 4 5 6 7 8 10 13 14 17 21 33 37 39 40 46 52 53 54 55 58 61 63 65 66 67 70 78 80 81 82 84 87 88 91 93 95 103 105
    107 109 127 132 133 136 144 145 146 148 149 150 152 153 154 155 157 158 159 160 161 162 163 168 172 173 176 178 181
    185 191 195 197 234 246 249 251 263 267 269 270 276 282 283 284 285 288 291 293 295 296 297 300 308 310 311 312 314
    317 318 321 323 324 332 334 336 338 356 361 362 365 373 374 375 377 378 379 380 381 382 384 385 386 387 388 389 390
    397 398 400 402 405 409 415 454 466 468 469 470 471 472 473 474 475 476 477
    """.split(),
    int,
)
"""The 146 points that the network of the blendshapes takes (`kLandmarksSubsetIdxs`)."""


class Square(NamedTuple):
    """A turned square: its middle and side in pixels from the outer edge of the first one, and its turn in radians."""

    x: float
    y: float
    side: float
    turn: float


class Face(NamedTuple):
    """A mesh, (478, 3) in pixels of the picture, and (52,) blendshapes."""

    points: np.ndarray
    blendshapes: np.ndarray

    def scaled(self, scale: float) -> "Face":
        """The same face where the picture is so many times as wide."""
        return self._replace(points=(self.points + [0.5, 0.5, 0]) * scale - [0.5, 0.5, 0])


def detect(faces: xr.Dataset) -> xr.Dataset:
    """Find the mesh of some faces.

    Args:
        faces: a faces dataset, `image` (face, y, x) uint8.

    Returns:
        A landmarks dataset: `points` (face, 478, 3) float32 in pixels of the picture, a pixel's centre at its whole
        number, z in the same unit and smaller towards the viewer; `blendshape` (face, 52) in [0, 1], named; and
        `detected`. Points and blendshapes are NaN where no face is found.

    Raises:
        assets.AssetUnavailable: there is no model.
    """
    models = bundle.models()
    return found(faces, [first(models, image) for image in faces["image"].values])


def found(faces: xr.Dataset, meshes: Sequence[Face | None]) -> xr.Dataset:
    """The landmarks dataset of faces, as `detect` gives it, from what was found on each."""
    nothing = Face(np.full((POINTS, 3), np.nan), np.full(len(BLENDSHAPES), np.nan))
    points, blendshape = (
        np.array(each, np.float32) for each in zip(*(mesh or nothing for mesh in meshes), strict=True)
    )
    return xr.Dataset(
        {
            "points": (("face", "point", "axis"), points),
            "blendshape": (("face", "name"), blendshape),
            "detected": ("face", np.isfinite(points).all(axis=(1, 2))),
        },
        coords={**faces.coords, "axis": np.array(list("xyz"), object), "name": np.array(BLENDSHAPES, object)},
    )


def enlarged(image: np.ndarray) -> np.ndarray:
    """A picture, (y, x) or (y, x, 3), `SIZE` pixels wide."""
    scale = SIZE / image.shape[1]
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def first(models: bundle.Models, image: np.ndarray) -> Face | None:
    """The face of (y, x) grey levels, uint8, that the detector is surest of, if the mesh agrees; in its pixels."""
    large = cv2.cvtColor(enlarged(image), cv2.COLOR_GRAY2RGB)
    seen = blazeface.find(models, large, CONFIDENCE)
    points = mesh(models, large, square_of(seen[0, :2], *seen[0, 2:4]), CONFIDENCE) if len(seen) else None
    if points is None:
        return None
    return Face(points, blendshapes(models, points)).scaled(image.shape[1] / SIZE)


def square_of(points: np.ndarray, right_eye: np.ndarray, left_eye: np.ndarray) -> Square:
    """The square to look at a face in: around the box of its points, turned as the line of its eyes.

    Args:
        points: (point, 2) in pixels from the outer edge of the first one.
        right_eye, left_eye: (2,) likewise; sides are the subject's.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    across = left_eye - right_eye
    return Square(*(low + high) / 2, ZOOM * (high - low).max(), np.arctan2(across[1], across[0]))


def tracking_square(points: np.ndarray) -> Square:
    """The square to look at a face in, in the frame after that in which its mesh was (478, axes)."""
    edged = points[:, :2] + 0.5
    return square_of(edged, *edged[list(EYES)])


def mesh(models: bundle.Models, image: np.ndarray, square: Square, confidence: float = 0.5) -> np.ndarray | None:
    """The mesh of the face in a square.

    Args:
        models: MediaPipe's, see `bundle.models`.
        image: (height, width, 3) uint8 RGB.
        square: see `square_of`; it may leave the picture, whose edge is then repeated.
        confidence: least probability, from 0 to 1, that there is a face.

    Returns:
        (478, 3) in pixels, a pixel's centre at its whole number; None where there is no face.
    """
    cosine, sine = square.side / INPUT * np.array([np.cos(square.turn), np.sin(square.turn)])
    axes = np.array([[cosine, -sine], [sine, cosine]])  # from pixels of the square to those of the picture
    corner = np.array([square.x, square.y]) - axes @ [INPUT / 2, INPUT / 2]
    cut = bundle.cut(image, np.column_stack([axes, corner]), INPUT, cv2.BORDER_REPLICATE)
    points, presence, _ = models.mesh(cut / np.float32(255))
    if expit(presence.item()) < confidence:
        return None
    points = points.reshape(POINTS, 3)
    return np.column_stack([points[:, :2] @ axes.T + corner - 0.5, points[:, 2] * square.side / INPUT])


def blendshapes(models: bundle.Models, points: np.ndarray) -> np.ndarray:
    """The (52,) blendshapes, named as `topology.BLENDSHAPES`, of a mesh (478, axes) in pixels."""
    (scores,) = models.blendshapes(points[None, OF_BLENDSHAPES, :2] + 0.5)
    return scores
