"""A FER2013 of drawn faces, as hard to read as the real one and tagged by people who disagree."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mien.engine.progress import tqdm
from mien.face_model import FaceModel, nuisances
from mien.sources.fer2013 import COUNTS
from mien.vocabulary.labels import EMOTIONS

DIALS = Path(__file__).with_name("sampled_fer2013.json")
"""What `benchmarks/sample_dials.py` has fitted to FER2013's figures, and those figures."""

TURNS = (12.0, 7.0, 6.0)
"""Deviation of the angles, in degrees, by which heads are turned: about the vertical, sideways and viewer's axis."""

INTENSITY = (0.3, 1.7)
"""How strong a face's expression is, of what the dials say: without the faint ones, happy faces are told too well."""

COPIES = 0.08
"""Share of every split's rows that are near-copies of training rows: 8 % of FER2013's PublicTest and PrivateTest."""

TAGGED = np.array(
    [
        [496, 1, 23, 0, 17, 2, 4],
        [1, 216, 3, 0, 0, 3, 0],
        [23, 3, 672, 0, 29, 33, 7],
        [0, 0, 0, 400, 0, 7, 1],
        [17, 0, 29, 0, 384, 0, 7],
        [2, 3, 33, 7, 0, 1940, 0],
        [4, 0, 7, 1, 7, 0, 336],
    ]
)
"""How often two near-copies in FER2013 have these two labels, in its groups of two to five; each pair counts twice."""


@dataclass(frozen=True)
class Dials:
    """What decides how hard the faces are to read.

    Attributes:
        shape, appearance: how far an expression is drawn from the mean of all: `FaceModel.apex`.
        spread: share of the training faces' deviation: `FaceModel.sample`.
        nuisances: strength of `nuisances.spoil`.
    """

    shape: float
    appearance: float
    spread: float
    nuisances: float

    @classmethod
    def open(cls) -> "Dials":
        """Those that ship."""
        return cls(**json.loads(DIALS.read_text(encoding="utf-8"))["dials"])


def write(folder: Path, model: FaceModel, n: int, seed: int, dials: Dials | None = None) -> np.ndarray:
    """Write `fer2013.csv` with FER2013's shares of expressions and splits.

    Args:
        folder: gets the file.
        model: draws the faces.
        n: rows.
        seed: of all that is drawn.
        dials: other than those that ship.

    Returns:
        (n, shapes) parameters of the shapes behind the faces.
    """
    rng = np.random.default_rng(seed)
    counts = np.array(list(COUNTS.values()))  # (usage, expression)
    usage, emotion = np.divmod(shares(counts.ravel() / counts.sum(), n, rng), len(EMOTIONS))
    origin = copied(usage, emotion, rng)
    pictures, shape = draw(model, emotion, seed, dials or Dials.open())
    for row in np.flatnonzero(origin != np.arange(n)):
        pictures[row] = published_again(pictures[origin[row]], rng)
    with (folder / "fer2013.csv").open("w", encoding="ascii") as file:
        file.write("emotion,pixels,Usage\n")
        for code, picture, split in zip(tagged(usage, emotion, rng), pictures, usage, strict=True):
            file.write(f"{code},{' '.join(map(str, picture.ravel().tolist()))},{list(COUNTS)[split]}\n")
    return shape[origin]


def shares(parts: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) kinds in random order, each as often as its share says, and at least once where n allows."""
    counts = np.maximum(np.floor(parts * n).astype(int), 1)
    counts[parts.argmax()] += n - counts.sum()
    return rng.permutation(np.repeat(np.arange(len(parts)), counts))


def draw(
    model: FaceModel, emotion: np.ndarray, seed: int, dials: Dials, size: int = 48, turns=TURNS
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one face per entry of `emotion`, its head turned by angles of the deviations `turns` (see `TURNS`).

    Returns:
        Pictures (n, size, size) uint8 and parameters of their shapes (n, shapes).
    """
    pictures, shape = np.empty((len(emotion), size, size), np.uint8), np.empty((len(emotion), model.shapes))
    bar = tqdm(total=len(emotion), desc=f"drawing at {size}x{size}", unit="face", delay=1)
    for code in np.unique(emotion):
        rows, rng = np.flatnonzero(emotion == code), np.random.default_rng((seed, code, 1))
        emphasis = rng.uniform(*INTENSITY, (len(rows), 1)) * [dials.shape, dials.appearance]
        drawn, look = model.sample(len(rows), int(code), seed, emphasis, dials.spread)
        shape[rows] = model.turned(drawn, rng.normal(0, turns, (len(rows), 3)))
        for part in np.array_split(np.arange(len(rows)), -(-len(rows) // 64)):
            drawn = model.render(shape[rows[part]], look[part], size, rng)
            pictures[rows[part]] = [nuisances.spoil(picture, rng, dials.nuisances) for picture in drawn]
            bar.update(len(part))
    bar.close()
    return pictures, shape


def copied(usage: np.ndarray, emotion: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) the row that each row is drawn as: itself, or, for `COPIES` of each split, a training row like it."""
    origin = np.arange(len(usage))
    copies = np.concatenate([rng.permutation(rows)[: round(COPIES * len(rows))] for rows in _by(usage)])
    for row in copies:
        first = np.setdiff1d(np.flatnonzero((usage == 0) & (emotion == emotion[row])), copies)
        if len(first):
            origin[row] = rng.choice(first)
    return origin


def published_again(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture as another site has it: a little brighter or darker, more or less contrast, compressed once more."""
    lit = (rng.uniform(0.9, 1.1) * (picture - 128.0) + 128 + rng.uniform(-10, 10)).clip(0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(85, 97))]
    return cv2.imdecode(cv2.imencode(".jpg", lit, quality)[1], cv2.IMREAD_GRAYSCALE)


def tagged(usage: np.ndarray, emotion: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) labels: what somebody says of a face whose expression somebody else has named (`TAGGED`).

    The first face of each expression in a split keeps its own, so that no class is missing.
    """
    said = np.array([rng.choice(len(EMOTIONS), p=TAGGED[code] / TAGGED[code].sum()) for code in emotion])
    _, first = np.unique(usage * len(EMOTIONS) + emotion, return_index=True)
    said[first] = emotion[first]
    return said


def _by(usage: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(usage == split) for split in np.unique(usage)]
