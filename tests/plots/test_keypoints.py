"""Points lie where they are on every face, and nothing is cut off."""

import io

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text

from mien.plots import keypoints

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def board():
    """Three faces, the last without one of its points, and one found beyond the picture's edge."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 96, 96), np.uint8)
    marked, found = rng.uniform(0, 95, (2, 3, 15, 2))
    marked[2, 4], found[0, 0] = np.nan, (99, 50)
    before = dict(matplotlib.rcParams)
    figure = keypoints.board(images, {"marked": marked, "found": found}, "title", ["1.0 px", "2.0 px", "3.0 px"], 2)
    assert dict(matplotlib.rcParams) == before  # the style does not leak
    return figure, marked, found


def test_it_says_what_the_points_are_and_names_every_face(board):
    figure, *_ = board
    figure.savefig(io.BytesIO())
    said = {text.get_text() for text in figure.findobj(Text)}
    assert {"title", "marked", "found", "1.0 px", "2.0 px", "3.0 px"} <= said


def test_both_kinds_of_points_lie_on_every_face_where_they_were_put(board):
    figure, *kinds = board
    assert [len(ax.collections) for ax in figure.axes] == [2, 2, 2, 0]  # the last panel of two rows is empty
    for face, ax in enumerate(figure.axes[:3]):
        for drawn, points in zip(ax.collections, kinds, strict=True):
            np.testing.assert_array_equal(np.ma.filled(drawn.get_offsets(), np.nan), points[face])


def test_the_whole_picture_is_shown_and_no_more_though_a_point_lies_outside(board):
    for ax in board[0].axes[:3]:
        assert (*ax.get_xlim(), *ax.get_ylim()) == (-0.5, 95.5, 95.5, -0.5)
