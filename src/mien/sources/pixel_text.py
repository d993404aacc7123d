"""Pixels that a table keeps as text: `"70 80 82 …"`."""

import re
import warnings
from collections.abc import Sequence

import numpy as np

_DRESS = re.compile(r"[\[\],]|(?<=[0-9])\.0*(?=[\s,\]]|$)")
"""What pandas writes of a list of numbers, and of whole ones that it holds as floats: `[70.0, 80.0]`."""

SHOWN = 20
"""Characters of a word that is no pixel, in a message."""


def parse_pixels(wheres: Sequence[str], texts: Sequence[str], size: int) -> np.ndarray:
    """Read grey levels written one after the other, row by row of the picture.

    Args:
        wheres: for messages, the file and row of each text.
        texts: n times size² whole numbers from 0 to 255, perhaps as `70.0`, with white space between them, or as a list
            of Python: `[70, 80]`.
        size: height and width in pixels.

    Returns:
        (n, size, size) uint8.

    Raises:
        ValueError: names the first text that has a word which is no such number, or too few or too many of them.
    """
    texts = [_DRESS.sub(" ", text) if "," in text or "." in text or "[" in text else text for text in texts]
    try:
        with warnings.catch_warnings(action="ignore"):  # that there are no numbers at all is said below
            levels = np.loadtxt(texts, np.uint8, comments=None, ndmin=2)
    except ValueError:
        levels = None
    if levels is None or levels.shape != (len(texts), size**2):  # NumPy does not say whose fault it is
        levels = np.array([_levels(*row, size) for row in zip(wheres, texts, strict=True)], np.uint8)
    return levels.reshape(-1, size, size)


def _levels(where: str, text: str, size: int) -> list[int]:
    words = text.split()
    for place, word in enumerate(words, 1):
        if not (word.isascii() and word.isdigit() and int(word) <= 255):
            raise ValueError(
                f"{where}: pixel {place} is {_start(word)}, expected a whole number from 0 to 255, with blanks or "
                "commas between them"
            )
    if len(words) != size**2:
        raise ValueError(f"{where}: {len(words)} pixels, expected {size**2} ({size}x{size})")
    return [*map(int, words)]


def _start(word: str) -> str:
    """A word for a message: all pixels are one if they are joined by semicolons."""
    return repr(word) if len(word) <= SHOWN else f"{word[:SHOWN]!r} and so on ({len(word):,} characters)"
