"""Crops of pictures whose content is known, and a face put where the test wants it."""

import tracemalloc

import numpy as np
import pytest

from mien.faces.cropping import centred, crop, face_box, overlap

NOISE = np.random.default_rng(0).integers(0, 256, (49, 64), np.uint8)


def test_a_square_of_the_right_size_is_a_slice():
    np.testing.assert_array_equal(crop(NOISE, (10, 5, 30, 25), 20), NOISE[5:25, 10:30])


@pytest.mark.parametrize("box", [(20, 14, 40, 24), (25, 9, 35, 29), (20, 9, 40, 29)], ids=["wide", "high", "square"])
def test_a_box_becomes_square_around_its_middle(box):
    np.testing.assert_array_equal(crop(NOISE, box, 20), NOISE[9:29, 20:40])


@pytest.mark.parametrize("left", [-30, -7, 0, 50, 64, 90])
@pytest.mark.parametrize("top", [-30, -3, 0, 40, 49, 90])
def test_outside_the_picture_its_edge_is_repeated(left, top):
    framed = np.pad(NOISE, 100, mode="edge")
    expected = framed[100 + top : 120 + top, 100 + left : 120 + left]
    np.testing.assert_array_equal(crop(NOISE, (left, top, left + 20, top + 20), 20), expected)


@pytest.mark.parametrize("size", [8, 48, 130])
def test_flat_stays_flat_at_any_size(size):
    cut = crop(np.full((49, 64), 77, np.uint8), (-5, 3, 40, 60), size)
    assert cut.shape == (size, size)
    assert cut.dtype == np.uint8
    assert (cut == 77).all()


@pytest.mark.parametrize("size", [16, 32, 96])
def test_a_slope_keeps_its_values_where_they_were(size):
    slope = np.tile(np.arange(64, dtype=np.uint8) * 3, (64, 1))
    centres = (np.arange(size) + 0.5) * 64 / size - 0.5  # of the new pixels, in old ones
    inner = slice(size // 4, -size // 4)  # the filter, symmetric, sees no edge there
    np.testing.assert_allclose(
        crop(slope, (0, 0, 64, 64), size)[:, inner], np.tile(3 * centres[inner], (size, 1)), atol=1
    )


def test_fine_stripes_become_grey_and_do_not_alias():
    stripes = np.tile(np.array([0, 255], np.uint8), (66, 33))  # taking every third pixel would leave stripes
    np.testing.assert_allclose(crop(stripes, (0, 0, 66, 66), 22)[:, 2:-2], 127.5, atol=12)


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 9, 9, 5)])
def test_an_empty_box(box):
    with pytest.raises(ValueError, match=r"is empty.*left < right"):
        crop(NOISE, box, 20)


@pytest.mark.parametrize("image", [NOISE[:0], NOISE / 255, np.dstack([NOISE] * 3)], ids=["empty", "float", "RGB"])
def test_what_is_no_gray_picture(image):
    for look in (lambda: crop(image, (0, 0, 9, 9), 20), lambda: face_box(image)):
        with pytest.raises(ValueError, match=r"expected pixels \(height, width\) of uint8"):
            look()


@pytest.mark.parametrize(("x", "y"), [(0, 0), (240, 160), (490, 330)])
def test_a_face_is_found_where_it_is(portrait, x, y):
    picture = np.full((490, 640), 128, np.uint8)
    picture[y : y + 150, x : x + 150] = portrait[: 490 - y, : 640 - x]
    left, top, right, bottom = face_box(picture)
    assert right - left == bottom - top
    assert 80 < right - left < 200
    assert [(left + right) / 2, (top + bottom) / 2] == pytest.approx([x + 75, y + 75], abs=20)


def test_the_largest_face_wins(portrait):
    picture = np.full((490, 640), 128, np.uint8)
    picture[20:170, 20:170] = portrait
    picture[150:450, 300:600] = np.kron(portrait, np.ones((2, 2), np.uint8))
    left, top, right, bottom = face_box(picture)
    assert [(left + right) / 2, (top + bottom) / 2] == pytest.approx([450, 300], abs=40)


def test_no_face():
    assert face_box(np.full((490, 640), 128, np.uint8)) is None


def test_overlap_is_the_share_of_what_both_cover():
    boxes = np.array([(0, 0, 100, 100), (50, 0, 150, 100), (300, 0, 400, 100), (7, 7, 7, 7)], float)
    np.testing.assert_allclose(overlap(boxes[:1], boxes), [[1, 1 / 3, 0, 0]])
    assert overlap(boxes[3:], boxes[3:]) == 0


def test_a_square_around_a_middle_is_of_whole_pixels_and_never_empty():
    assert centred(np.array([10.0, 20.0]), 7.2) == (6, 16, 14, 24)
    assert centred(np.array([10.5, 20.5]), 0.0) == (10, 20, 11, 21)


def test_a_line_as_long_as_a_page_is_cut_without_its_square_in_memory():
    line = np.arange(60_000, dtype=np.uint32).astype(np.uint8)[None]
    tracemalloc.start()
    assert crop(line, (0, 0, 60_000, 1), 48).shape == (48, 48)
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()
