"""Pictures changed anew at every epoch: one random crop and flip each, a small turn, erasing, mixing.

All of it is NumPy and OpenCV, so that training is the same under every backend of Keras: seconds of an epoch of
FER2013, whose learning takes minutes on two cores.
"""

from dataclasses import dataclass

import keras
import numpy as np

from mien.faces import warping


@dataclass(frozen=True)
class Recipe:
    """How much a training picture is changed. All zero: not at all.

    Attributes:
        shift: of the crop, at most, as a share of the width, along each axis.
        zoom: of the crop, at most, as a share: 0.1 is from 10 % smaller to 10 % larger.
        turn: at most, in degrees.
        light: of contrast (a factor from 1 - light to 1 + light) and brightness (light times 128 grey levels), at most.
        flip: share of pictures that are mirrored.
        erase: share of pictures that lose a rectangle (Zhong et al., 2020, "Random Erasing Data Augmentation").
        mixup: a of Beta(a, a), from which the share of a second picture is drawn (Zhang et al., 2018, "mixup").
    """

    shift: float = 0.08
    zoom: float = 0.1
    turn: float = 12.0
    light: float = 0.2
    flip: float = 0.5
    erase: float = 0.3
    mixup: float = 0.0


class Augmented(keras.utils.PyDataset):
    """Shuffled batches of a training set, drawn from (seed, epoch, batch) alone, whoever draws them.

    Args:
        pictures: (face, y, x) uint8.
        labels: (face, class) one-hot, or shares of the classes.
        recipe: how much to change.
        batch_size: faces in one step; the last, smaller batch is left out unless it is the only one.
        seed: of shuffling and of all changes.
        features: (face, feature), given to the model beside the pictures; None: pictures alone.
        mirror: (feature,) column order that a mirrored face has.
    """

    def __init__(self, pictures, labels, recipe, batch_size, seed=0, features=None, mirror=None):
        super().__init__()
        self.pictures, self.labels, self.recipe = pictures, labels.astype(np.float32), recipe
        self.batch_size, self.seed = batch_size, seed
        self.features, self.mirror = features, mirror
        self.start(0)

    def __len__(self):
        return max(len(self.pictures) // self.batch_size, 1)

    def __getitem__(self, batch: int):
        rng, rows, flipped = self._drawn(batch)
        pictures = [change(p, self.recipe, f, rng) for p, f in zip(self.pictures[rows], flipped, strict=True)]
        values = [np.stack(pictures)[..., None].astype(np.float32)]  # (batch, y, x, 1)
        if self.features is not None:
            plain = self.features[rows]
            values.append(np.where(flipped[:, None], plain[:, self.mirror], plain))
        *values, labels = mix([*values, self.labels[rows]], self.recipe.mixup, rng)
        return dict(zip(("picture", "features"), values, strict=True)) if len(values) > 1 else values[0], labels

    def _drawn(self, batch: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
        """Random numbers, which faces, and which of them are mirrored."""
        rng = np.random.default_rng((self.seed, self.epoch, batch))
        rows = self._order[batch * self.batch_size : (batch + 1) * self.batch_size]
        return rng, rows, rng.random(len(rows)) < self.recipe.flip

    def start(self, epoch: int) -> None:
        """Go to an epoch, counted from 0."""
        self.epoch = epoch
        self._order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.pictures))


class Numbers(Augmented):
    """Shuffled batches of numbers, as they are.

    Args:
        values: (face, feature).
        labels: (face, class) one-hot.
        weights: (class,) how much a face of each class counts.
        batch_size, seed: see `Augmented`.
    """

    def __init__(self, values, labels, weights, batch_size, seed=0):
        super().__init__(values, labels, Recipe(), batch_size, seed)
        self.weights = np.asarray(weights, np.float32)

    def __len__(self):
        return -(-len(self.pictures) // self.batch_size)

    def __getitem__(self, batch: int):
        _, rows, _ = self._drawn(batch)
        return self.pictures[rows], self.labels[rows], self.labels[rows] @ self.weights


def change(picture: np.ndarray, recipe: Recipe, flip: bool, rng: np.random.Generator) -> np.ndarray:
    """Crop, turn, mirror, light and erase one picture.

    Args:
        picture: (y, x) uint8.
        recipe: how much.
        flip: whether to mirror it.
        rng: of the random numbers.

    Returns:
        (y, x) uint8; what a crop takes from outside the picture is its edge, replicated.
    """
    return shade(warping.move(picture, drawn_matrix(picture.shape, recipe, flip, rng)), recipe, rng)


def drawn_matrix(shape: tuple[int, int], recipe: Recipe, flip: bool, rng: np.random.Generator) -> np.ndarray:
    """(2, 3): where a pixel (x, y, 1) of a picture of that shape goes, drawn as a recipe allows."""
    shift = rng.uniform(-recipe.shift, recipe.shift, 2)
    zoom = 1 + rng.uniform(-recipe.zoom, recipe.zoom)
    return warping.matrix(shape, shift, zoom, rng.uniform(-recipe.turn, recipe.turn), flip)


def shade(picture: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """Light and erase a picture (y, x) uint8."""
    contrast, brightness = 1 + rng.uniform(-recipe.light, recipe.light), 128 * rng.uniform(-recipe.light, recipe.light)
    lit = np.clip(contrast * (picture.astype(np.float32) - 128) + 128 + brightness, 0, 255).astype(np.uint8)
    return erase(lit, rng) if rng.random() < recipe.erase else lit


def erase(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fill a random rectangle, 2 to 20 % of the picture and up to 3 times as long as wide, with noise.

    Args:
        picture: (y, x) uint8.
        rng: of the random numbers.

    Returns:
        A changed copy.
    """
    area = rng.uniform(0.02, 0.2) * picture.size
    aspect = 3 ** rng.uniform(-1, 1)
    size = np.array([(area * aspect) ** 0.5, (area / aspect) ** 0.5]).round().astype(int)
    height, width = np.minimum(size, picture.shape)
    top, left = rng.integers(0, np.array(picture.shape) - (height, width) + 1)
    erased = picture.copy()
    erased[top : top + height, left : left + width] = rng.integers(0, 256, (height, width))
    return erased


def mix(arrays: list[np.ndarray], alpha: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Blend every face of a batch with another one, its picture, features and label alike (mixup).

    Args:
        arrays: each (batch, ...) float32.
        alpha: of Beta(alpha, alpha); 0 mixes nothing.
        rng: of the random numbers.

    Returns:
        The arrays, blended by the same shares with the same partners.
    """
    if alpha == 0:
        return arrays
    batch = len(arrays[0])
    share = rng.beta(alpha, alpha, batch).astype(np.float32)
    other = rng.permutation(batch)
    weights = [share.reshape(-1, *[1] * (values.ndim - 1)) for values in arrays]
    return [weight * values + (1 - weight) * values[other] for weight, values in zip(weights, arrays, strict=True)]
