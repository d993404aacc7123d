"""A training set that lies in the device's memory, and is changed there, a batch at once, by Keras' operations.

What happens to a picture is drawn on the processor from (seed, pass, batch) alone: some twenty numbers a face, which
is all that travels. So the changes are the same under every backend and on every device, and a training that was
interrupted, or a student that is to see what its teachers saw, has them again.
"""

import keras
import numpy as np
from keras import layers, ops

from mien.training.augmentation import Recipe

NOISE = 251
"""Pictures of noise to erase with; a prime number, so that no size of a batch repeats them in step."""

PART = 32
"""Faces that are mixed with one another, the smallest part of a batch that can be given by itself."""


class Pictures(layers.Layer):
    """Training pictures, each moved, lit, erased and mixed as a draw says.

    Args:
        pictures: (face, y, x) uint8. They are no weights to be saved: who opens the network brings their own.
    """

    def __init__(self, pictures: np.ndarray):
        super().__init__(trainable=False, dtype="float32", name="pictures")
        self.shape = pictures.shape[1:]
        noise = np.random.default_rng(0).integers(0, 256, (NOISE, *self.shape), np.uint8)
        self.table, self.noise = self._kept(pictures, "table"), self._kept(noise, "noise")

    def _kept(self, pictures: np.ndarray, name: str) -> keras.Variable:
        kept = self.add_weight((pictures.size,), "zeros", "uint8", trainable=False, name=name)
        kept.assign(pictures.reshape(-1))
        return kept

    def call(self, draw: dict[str, keras.KerasTensor]) -> keras.KerasTensor:
        """The changed pictures of a draw (see `Draws`), (batch, y, x, 1) float32 in grey levels."""
        lit = self._lit(self._moved(draw["row"], draw["matrix"]), draw["light"])
        x = self._erased(lit, draw["hole"], draw["noise"])  # (batch, y x)
        share = draw["share"][:, None]
        x = share * x + (1 - share) * ops.take(x, draw["other"], axis=0)
        return ops.reshape(x, (-1, *self.shape, 1))

    def _moved(self, row, matrix):
        """Cubic convolution at the places that the pixels come from, the edge replicated."""
        height, width = self.shape
        x, y = (ops.convert_to_tensor(values[None], "float32") for values in self._grid())
        x, y = (matrix[:, i, 0, None] * x + matrix[:, i, 1, None] * y + matrix[:, i, 2, None] for i in (0, 1))
        first = ops.cast(row, "int32")[:, None] * (height * width)
        columns, lines = _neighbours(x, width), _neighbours(y, height)

        def along(line):
            return sum(share * ops.cast(ops.take(self.table, line + column), "float32") for column, share in columns)

        return sum(share * along(first + line * width) for line, share in lines)

    def _lit(self, x, light):
        return ops.clip(light[:, :1] * (x - 128) + 128 + light[:, 1:], 0, 255)

    def _erased(self, picture, hole, noise):
        x, y = (ops.convert_to_tensor(values[None], "float32") for values in self._grid())
        left, top, right, bottom = (hole[:, i, None] for i in range(4))
        inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
        pixels = ops.arange(self.shape[0] * self.shape[1], dtype="int32")[None]
        levels = ops.take(self.noise, ops.cast(noise, "int32")[:, None] * (self.shape[0] * self.shape[1]) + pixels)
        return ops.where(inside, ops.cast(levels, "float32"), picture)

    def _grid(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of every pixel, row by row, (y x,) each."""
        y, x = np.mgrid[: self.shape[0], : self.shape[1]].reshape(2, -1)
        return x, y

    def compute_output_shape(self, shapes):
        return (shapes["row"][0], *self.shape, 1)

    def save_own_variables(self, store):
        """Saves nothing: see the class."""

    def load_own_variables(self, store):
        """Has nothing to load."""


def _neighbours(place: keras.KerasTensor, size: int) -> list[tuple[keras.KerasTensor, keras.KerasTensor]]:
    """The four pixels about a place on a line of `size`, and each one's share (Keys, 1981; OpenCV's a = -0.75)."""
    first, a = ops.floor(place), -0.75
    t = place - first
    outer, inner = (lambda d: a * (((d - 5) * d + 8) * d - 4)), (lambda d: ((a + 2) * d - (a + 3)) * d * d + 1)
    shares = outer(1 + t), inner(t), inner(1 - t), outer(2 - t)
    return [(ops.clip(ops.cast(first, "int32") + i, 0, size - 1), share) for i, share in enumerate(shares, -1)]


class Draws(keras.utils.PyDataset):
    """Shuffled batches of what is to happen to which face, drawn from (seed, pass, batch) alone.

    Args:
        labels: (face, class) one-hot, or (pass, batch, face of the batch, class), what teachers say of the changed
            pictures of each pass; these passes come again and again, each time in an order of their own.
        faces: of the training set.
        shape: height and width of the pictures.
        recipe: how much to change.
        batch_size: faces in one step; the last, smaller batch is left out unless it is the only one.
        seed: of shuffling and of all changes.
        passes: over the training set, in one epoch of `fit`.
        order: seed of the order in which passes with answers come.
        parts: in which a batch is given, one after the other, where the device cannot hold all of it; multiples of
            `PART` each.
    """

    def __init__(
        self, labels, faces: int, shape, recipe: Recipe, batch_size: int, seed: int = 0, passes: int = 1,
        order: int = 0, parts: int = 1,
    ):  # fmt: skip
        super().__init__()
        self.labels, self.faces, self.shape, self.recipe = labels, faces, shape, recipe
        self.batch_size, self.seed, self.passes, self.order = min(batch_size, faces), seed, passes, order
        self.parts = parts
        self._shuffled = -1, np.empty(0, np.int32)
        self.start(0)

    @property
    def steps(self) -> int:
        """Batches of one pass."""
        return self.faces // self.batch_size

    def __len__(self):
        return self.passes * self.steps * self.parts

    def start(self, epoch: int) -> None:
        """Go to an epoch, counted from 0."""
        self.epoch = epoch

    def __getitem__(self, i: int):
        i, part = divmod(i, self.parts)
        turn, batch = divmod(i, self.steps)
        draw, y = self._batch(self.epoch * self.passes + turn, batch)
        size = self.batch_size // self.parts
        rows = slice(part * size, (part + 1) * size)
        return {name: values[rows] for name, values in draw.items()} | {"other": draw["other"][rows] - rows.start}, y[
            rows
        ]

    def _batch(self, number: int, batch: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """What happens in a batch, see `draw`, and its labels or answers (batch, class)."""
        if self.labels.ndim == 4:
            number = self._answered(number)
            return self.draw(number, batch), self.labels[number, batch].astype(np.float32)
        draw = self.draw(number, batch)
        share, y = draw["share"][:, None], self.labels[draw["row"]].astype(np.float32)
        return draw, share * y + (1 - share) * y[draw["other"]]

    def draw(self, number: int, batch: int) -> dict[str, np.ndarray]:
        """What happens in a batch of a pass.

        Returns:
            `row` (batch,) of the training set; `matrix` (batch, 2, 3), where in the picture the pixel (x, y, 1) comes
            from; `light` (batch, 2), a factor around the middle grey and grey levels that are added; `hole` (batch,
            4), left, top, right and bottom of what is erased with picture `noise` (batch,) of noise; `other` (batch,)
            and `share` (batch,): each face is mixed with that one, of the same part, and keeps a share.
        """
        rng, n, r = np.random.default_rng((self.seed, number, batch)), self.batch_size, self.recipe
        share = rng.beta(r.mixup, r.mixup, n) if r.mixup else np.ones(n)
        return {
            "row": self._shuffle(number)[batch * n : (batch + 1) * n],
            "matrix": self._matrices(rng, n).astype(np.float32),
            "light": np.stack([1 + rng.uniform(-r.light, r.light, n), 128 * rng.uniform(-r.light, r.light, n)], 1)
            .astype(np.float32),
            "hole": self._holes(rng, n).astype(np.float32),
            "noise": rng.integers(0, NOISE, n).astype(np.int32),
            "other": np.concatenate([i + rng.permutation(min(PART, n - i)) for i in range(0, n, PART)], dtype=np.int32),
            "share": share.astype(np.float32),
        }  # fmt: skip

    def _answered(self, number: int) -> int:
        """Which of the passes with answers comes as a student's pass of this number."""
        again, place = divmod(number, len(self.labels))
        return int(np.random.default_rng((self.order, again)).permutation(len(self.labels))[place])

    def _shuffle(self, number: int) -> np.ndarray:
        """Rows in the order of a pass."""
        if self._shuffled[0] != number:
            rows = np.random.default_rng((self.seed, number)).permutation(self.faces).astype(np.int32)
            self._shuffled = number, rows
        return self._shuffled[1]

    def _matrices(self, rng: np.random.Generator, n: int) -> np.ndarray:
        r = self.recipe
        return matrices(
            self.shape, rng.uniform(-r.shift, r.shift, (n, 2)), 1 + rng.uniform(-r.zoom, r.zoom, n),
            np.radians(rng.uniform(-r.turn, r.turn, n)), rng.random(n) < r.flip,
        )  # fmt: skip

    def _holes(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """2 to 20 % of the picture, up to 3 times as long as wide, as `augmentation.erase` has them."""
        area, aspect = rng.uniform(0.02, 0.2, n), 3 ** rng.uniform(-1, 1, n)
        size = np.stack([(area / aspect) ** 0.5, (area * aspect) ** 0.5], 1) * self.shape[::-1]
        corner = rng.random((n, 2)) * (np.array(self.shape[::-1]) - size)
        erased = rng.random((n, 1)) < self.recipe.erase
        return np.concatenate([corner, corner + size * erased], 1).round()


class Views(keras.utils.PyDataset):
    """Unchanged pictures in their order, or crops of them: what `predict` takes of a network on `Pictures`.

    Args:
        rows: (n,) of the training set; the last batch is filled up with the first, so that no second shape compiles.
        shape: height and width of the pictures.
        batch_size: faces in one step.
        shift: of the crop along x and y, in widths.
        zoom: above 1 enlarges.
        flip: whether they are mirrored.
    """

    def __init__(self, rows, shape, batch_size: int, shift=(0.0, 0.0), zoom: float = 1.0, flip: bool = False):
        super().__init__()
        self.rows = np.resize(rows, -(-len(rows) // batch_size) * batch_size).astype(np.int32)
        self.batch_size = batch_size
        one = matrices(shape, np.array([shift]), np.array([zoom]), np.zeros(1), np.array([flip]))
        self.matrix = np.repeat(one, batch_size, axis=0).astype(np.float32)

    def __len__(self):
        return len(self.rows) // self.batch_size

    def __getitem__(self, i: int):
        n = self.batch_size
        return {
            "row": self.rows[i * n : (i + 1) * n],
            "matrix": self.matrix,
            "light": np.repeat(np.float32([[1, 0]]), n, axis=0),
            "hole": np.zeros((n, 4), np.float32),
            "noise": np.zeros(n, np.int32),
            "other": np.arange(n, dtype=np.int32),
            "share": np.ones(n, np.float32),
        }


def matrices(shape, shift: np.ndarray, zoom: np.ndarray, turn: np.ndarray, flip: np.ndarray) -> np.ndarray:
    """Where in a picture the pixels of a changed one come from.

    Args:
        shape: height and width.
        shift: (n, 2) along x and y, as shares of the width and height.
        zoom: (n,) above 1 enlarges.
        turn: (n,) radians, anticlockwise.
        flip: (n,) whether left and right are mirrored first.

    Returns:
        (n, 2, 3): a pixel (x, y, 1) of the changed picture comes from there.
    """
    height, width = shape
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    sine, cosine = np.sin(turn) / zoom, np.cos(turn) / zoom
    back = np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], 1)  # the inverse of turn and zoom
    back[:, 0] *= np.where(flip, -1, 1)[:, None]
    offset = centre - np.einsum("nij,nj->ni", back, centre + shift * [width, height])
    return np.concatenate([back, offset[:, :, None]], 2)


def taught(network: keras.Model, pictures: np.ndarray) -> keras.Model:
    """A network of draws -> what `network` answers to the pictures that they change.

    Args:
        network: of pictures (batch, y, x, 1).
        pictures: (face, y, x) uint8.
    """
    shapes = {"row": (), "matrix": (2, 3), "light": (2,), "hole": (4,), "noise": (), "other": (), "share": ()}
    whole = {"row", "noise", "other"}
    inputs = {n: keras.Input(s, dtype="int32" if n in whole else "float32", name=n) for n, s in shapes.items()}
    return keras.Model(inputs, network(Pictures(pictures)(inputs)))
