"""Levels of any depth become eight bits by one rule: black is 0, white the least of the known that none exceeds."""

import tracemalloc

import numpy as np
import pytest

from mien.faces import levels

GREY = np.array([[10, 200, 30], [90, 50, 160]], np.uint8)


def test_levels_beyond_any_white_are_spread_between_the_lowest_and_the_highest():
    np.testing.assert_array_equal(levels.eight_bits(np.array([[-1.0, 0.0, 1.0]])), [[0, 128, 255]])
    np.testing.assert_array_equal(levels.eight_bits(np.array([0, 100_000, 200_000])), [0, 128, 255])


def test_what_is_no_number_is_black_and_what_is_endless_as_far_as_any_other():
    np.testing.assert_array_equal(levels.eight_bits(np.array([np.nan, 0.0, 1.0])), [0, 0, 255])
    np.testing.assert_array_equal(levels.eight_bits(np.array([-np.inf, 0.0, 1.0, np.inf])), [0, 0, 255, 255])
    np.testing.assert_array_equal(levels.eight_bits(np.full((2, 2), np.nan)), np.zeros((2, 2)))


@pytest.mark.parametrize("row", [0, 300, 599])
def test_one_white_counts_for_the_whole_picture_however_high_it_is(row):
    tall = np.full((600, 2), 255, np.uint16)
    tall[row, 0] = 65535
    seen = levels.eight_bits(tall)
    assert seen[row, 0] == 255
    assert seen[row, 1] == 1  # 255 * 255 / 65535


def test_alpha_has_a_white_of_its_own():
    colours = np.dstack([GREY, GREY, GREY]).astype(np.uint16)
    clear = np.full(GREY.shape, 65535, np.uint16)
    np.testing.assert_array_equal(
        levels.with_alpha(np.dstack([colours, clear])), np.dstack([GREY, GREY, GREY, np.full(GREY.shape, 255)])
    )
    np.testing.assert_array_equal(levels.with_alpha(np.dstack([colours[..., :1], clear]))[..., 0], GREY)
    np.testing.assert_array_equal(levels.with_alpha(colours), colours)


def test_fractions_take_little_room_beside_the_picture():
    fractions = np.ones((4000, 1000, 3), np.float32)  # 48 MB
    tracemalloc.start()
    levels.eight_bits(fractions)
    assert tracemalloc.get_traced_memory()[1] < 30e6  # 12 MB of them the result
    tracemalloc.stop()
