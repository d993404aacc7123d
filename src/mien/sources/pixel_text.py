"""Pixels that a table keeps as text: `"70 80 82 …"`."""

import string
from collections.abc import Sequence

import numpy as np

_PLAIN = (string.digits + string.whitespace).encode()
_BETWEEN = b"\x1e"  # ASCII's record separator: nothing that stands in a text of numbers
_ZERO, _SPACE, _END = np.frombuffer(b"0 " + _BETWEEN, np.uint8)


def parse_pixels(wheres: Sequence[str], texts: Sequence[str], size: int) -> np.ndarray:
    """Read grey levels written one after the other, row by row of the picture.

    All numbers of all texts are read at once: a dozen texts in one call take half the time of a dozen calls.

    Args:
        wheres: for messages, the file and row of each text.
        texts: n times size² whole numbers from 0 to 255 with white space between them.
        size: height and width in pixels.

    Returns:
        (n, size, size) uint8.

    Raises:
        ValueError: names the first text that has a word which is no such number, or too few or too many of them.
    """
    rows = [text.encode("ascii", "replace").strip() for text in texts]
    block = _BETWEEN.join(rows)
    levels, followers = _numbers(block)
    right = (
        block.translate(None, _PLAIN) == _BETWEEN * (len(rows) - 1)  # no other character, and below: at each row's end
        and levels.size == len(rows) * size**2
        and levels.max() <= 255
        and (followers[size**2 - 1 : -1 : size**2] == _END).all()
    )
    if not right:
        raise ValueError(next(filter(None, (_complaint(*row, size) for row in zip(wheres, rows, strict=True)))))
    return levels.astype(np.uint8).reshape(-1, size, size)


def _numbers(text: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The numbers in a text of digits and gaps, (n,) uint16, and the character that follows each, (n,) uint8.

    A number of four digits or more comes out above 255, whatever it is.
    """
    code = np.frombuffer(b"    " + text + b" ", np.uint8)
    gaps = np.flatnonzero(code[4:] <= _SPACE)  # each counted from `code`'s start: four characters before the gap
    thousands, hundreds, tens, units, followers = (code[k:].take(gaps) for k in range(5))
    two = tens >= _ZERO
    three = two & (hundreds >= _ZERO)
    four = three & (thousands >= _ZERO)
    level = units - _ZERO + two * (tens - _ZERO) * np.uint8(10) + three * (hundreds - _ZERO) * np.uint16(100)
    level += four * np.uint16(1000)
    one = units >= _ZERO  # or there is no number, between two gaps in a row
    return (level, followers) if one.all() else (level[one], followers[one])


def _complaint(where: str, row: bytes, size: int) -> str | None:
    words = row.split()
    for place, word in enumerate(words, 1):
        if not word.isdigit() or len(word) > 3 or int(word) > 255:
            return f"{where}: pixel {place} is {word.decode()!r}, expected a whole number from 0 to 255"
    if len(words) != size**2:
        return f"{where}: {len(words)} pixels, expected {size**2} ({size}x{size})"
    return None
