"""Levels of any depth and kind, brought to the eight bits that everything here works with."""

from collections.abc import Iterator

import numpy as np

WHITES = (1, 255, 4095, 65535)
"""Levels that may be white: of fractions, and of 8, 12 and 16 bits."""

ROWS = 256
"""So many are worked on at once: as fractions they take more room than the picture itself."""


def eight_bits(levels: np.ndarray) -> np.ndarray:
    """Levels of any depth and kind in 8 bits.

    Black is 0; white is the least of `WHITES` that none exceeds, 1 of fractions alone. Where there are negative ones,
    or higher ones than 65,535, the lowest is black and the highest white. What is no number is black.

    Args:
        levels: (y, ...) numbers; uint8 stay as they are.

    Returns:
        The same shape, uint8.
    """
    if levels.dtype == np.uint8:
        return levels
    low, high = _ends(levels)
    white = next((white for white in WHITES[levels.dtype.kind != "f" :] if white >= high), None)
    if low >= 0 and white:
        low, high = 0.0, white
    made = np.empty(levels.shape, np.uint8)
    for rows in _blocks(levels):
        known = np.nan_to_num(levels[rows].astype(np.float32), nan=low, posinf=high, neginf=low)
        made[rows] = np.rint(255 * ((known - low) / max(high - low, 1e-30)))
    return made


def with_alpha(levels: np.ndarray) -> np.ndarray:
    """(y, x, channel) levels in 8 bits, the last of two or four channels being alpha, which has a white of its own."""
    if levels.shape[2] in (1, 3):
        return eight_bits(levels)
    return np.dstack([eight_bits(levels[..., :-1]), eight_bits(levels[..., -1:])])


def _ends(levels: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest, of those that are numbers."""
    known = (levels[rows][np.isfinite(levels[rows])] for rows in _blocks(levels))
    ends = [(float(block.min()), float(block.max())) for block in known if block.size]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else (0.0, 0.0)


def _blocks(levels: np.ndarray) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, len(levels), ROWS))
