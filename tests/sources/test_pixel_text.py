"""Numbers in a text, all at once, are what Python makes of them one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.sources.pixel_text import parse_pixels

words = st.one_of(st.integers(-5, 300).map(str), st.from_regex(r"[0-9]{1,6}", fullmatch=True), st.sampled_from("x+é٣²"))
gaps = st.text(" \t\n", min_size=1, max_size=3)


def number(word):
    """0 to 255, or None."""
    return int(word) if word.isascii() and word.isdigit() and int(word) <= 255 else None


@given(st.lists(st.lists(st.tuples(words, gaps), min_size=3, max_size=5), min_size=1, max_size=4))
def test_pixels(rows):
    texts = ["".join(word + gap for word, gap in row) for row in rows]
    expected = [[number(word) for word, _ in row] for row in rows]
    faulty = [i for i, row in enumerate(expected) if len(row) != 4 or None in row]
    wheres = [f"row {i}" for i in range(len(rows))]
    if faulty:
        with pytest.raises(ValueError, match=f"^row {faulty[0]}: "):
            parse_pixels(wheres, texts, 2)
    else:
        np.testing.assert_array_equal(parse_pixels(wheres, texts, 2), np.reshape(expected, (-1, 2, 2)))


def test_pixels_that_are_one_word_are_shown_by_their_beginning():
    with pytest.raises(ValueError, match=r"^row 0: pixel 1 is '70;80;90;.*0 to 255, with blanks or commas") as error:
        parse_pixels(["row 0"], [";".join(["70", "80", "90"] * 768)], 48)
    assert len(str(error.value)) < 200
