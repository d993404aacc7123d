"""Pictures and the points on them, changed together, so that points are found in pictures of other cameras and crops.

Two sets of marked faces differ in how tightly and how straight a face is cut out, in light and contrast, in focus and
noise. Whoever learns from one of them sees each of its faces as another camera and another hand might have given it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mien.faces import warping
from mien.training import augmentation
from mien.training.augmentation import Augmented


@dataclass(frozen=True)
class Recipe(augmentation.Recipe):
    """How much a picture with points is changed: as any picture, and by what cameras and crops differ in.

    Attributes:
        aspect: natural logarithm of width over height, at most: 0.1 is from 10 % narrower to 10 % wider.
        gamma: natural logarithm, at most, of the power to which grey levels are raised (0 black, 1 white).
        blur: standard deviation of a Gaussian, at most, as a share of the width; half of the pictures stay sharp.
        noise: standard deviation, at most, in grey levels.
    """

    shift: float = 0.1
    zoom: float = 0.2
    turn: float = 20.0
    light: float = 0.3
    aspect: float = 0.1
    gamma: float = 0.5
    blur: float = 0.02
    noise: float = 8.0


class AugmentedPoints(Augmented):
    """Batches of pictures and the points on them, moved together; a point that is not there has weight 0.

    Args:
        pictures, batch_size, seed: see `Augmented`; nothing is mixed.
        recipe: how much to change.
        labels: (face, point, 2), x and y in pixels, NaN where missing.
        mirror: (point,) entry i is the point that takes place i in a mirrored face.
    """

    def __getitem__(self, batch: int):
        rng, rows, flipped = self._drawn(batch)
        changed = [
            change(picture, points, self.recipe, flip, self.mirror, rng)
            for picture, points, flip in zip(self.pictures[rows], self.labels[rows], flipped, strict=True)
        ]
        pictures, points = map(np.stack, zip(*changed, strict=True))
        return pictures[..., None].astype(np.float32), *with_weights(points)


def with_weights(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points as `fit` takes them: (..., point, 2) float32 without NaN, and weights (..., point), 0 where missing."""
    return np.nan_to_num(points).astype(np.float32), np.isfinite(points).all(axis=-1).astype(np.float32)


def change(
    picture: np.ndarray, points: np.ndarray, recipe: Recipe, flip: bool, mirror: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Crop, turn, mirror, blur, light and erase one picture, and move the points on it along.

    Args:
        picture: (y, x) uint8.
        points: (point, 2), x and y in pixels, NaN where missing.
        recipe: how much.
        flip: whether to mirror it.
        mirror: (point,) entry i is the point that takes place i in a mirrored face.
        rng: of the random numbers.

    Returns:
        The picture, and its points (point, 2), NaN where they are missing or no longer in it.
    """
    matrix = _stretched(augmentation.drawn_matrix(picture.shape, recipe, flip, rng), picture.shape, recipe, rng)
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    shown = ((moved >= -0.5) & (moved <= np.array(picture.shape[::-1]) - 0.5)).all(axis=1, keepdims=True)
    moved = np.where(shown, moved, np.nan)
    changed = augmentation.shade(_filmed(warping.move(picture, matrix), recipe, rng), recipe, rng)
    return changed, moved[mirror] if flip else moved


def _stretched(matrix: np.ndarray, shape: tuple[int, int], recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """A matrix (2, 3), and after it another ratio of width to height, about the middle of the picture."""
    factor = np.exp(rng.uniform(-recipe.aspect, recipe.aspect) / 2 * np.array([1, -1]))  # of x, of y
    middle = (np.array(shape[::-1]) - 1) / 2
    return np.column_stack([factor[:, None] * matrix[:, :2], factor * (matrix[:, 2] - middle) + middle])


def _filmed(picture: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """A picture (y, x) uint8 of another camera: out of focus, of another gamma, with noise of its own."""
    if (deviation := rng.uniform(-recipe.blur, recipe.blur) * picture.shape[1]) > 0:
        picture = cv2.GaussianBlur(picture, None, deviation)
    power, noise = np.exp(rng.uniform(-recipe.gamma, recipe.gamma)), rng.uniform(0, recipe.noise)
    levels = 255 * np.linspace(0, 1, 256, dtype=np.float32) ** power
    grainy = levels[picture] + noise * rng.standard_normal(picture.shape, np.float32)
    return grainy.clip(0, 255).round().astype(np.uint8)
