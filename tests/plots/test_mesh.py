"""Meshes stand upright and undistorted; components are counted and their scores drawn as they are."""

import io

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from mien.plots import mesh, style
from mien.vocabulary.labels import EMOTIONS

pytestmark = pytest.mark.filterwarnings("error")

POINTS = np.array([[0, 0, 0], [4, 0, 1], [4, 3, 2], [0, 3, 1]], float)
EDGES = np.array([[0, 1], [1, 2], [2, 3], [0, 3], [0, 2]])
MOVES = np.zeros((2, 4, 3))
MOVES[0, 1], MOVES[1, 2] = [0, 0, 1], [2, 0, 0]


def make_views():
    return mesh.views(POINTS, EDGES, np.array([3, 2, 3, 2]), "title", "lines"), {"front", "side", "lines", "2", "3"}


def make_modes():
    figure = mesh.modes(POINTS, MOVES, EDGES, ["first", "second"], "title")
    return figure, {"first", "second", "-2.5 deviations", "mean", "+2.5 deviations"}


def make_variance_explained():
    shares = {"mesh": np.full(20, 0.05), "offsets": np.array([0.92, 0.05, 0.01])}
    return mesh.variance_explained(shares, "title"), {
        "mesh",
        "offsets",
        "components",
        "90%",
        "18",
        "19",
        "20",
        "1",
        "2",
    }


def make_by_expression():
    random = np.random.default_rng(0)
    emotion = np.repeat(range(7), 30)
    figure = mesh.by_expression(random.normal(size=(210, 2)) + emotion[:, None], emotion, ["one", "other"], "title")
    return figure, {"one", "other", *EMOTIONS}


MAKERS = [make for name, make in list(globals().items()) if name.startswith("make_")]


@pytest.mark.parametrize("make", MAKERS)
def test_a_plot_says_what_it_was_told_and_leaves_no_style_behind(make):
    before = dict(matplotlib.rcParams)
    figure, expected = make()
    figure.savefig(io.BytesIO())
    assert expected | {"title"} <= {text.get_text() for text in figure.findobj(Text) if text.get_visible()}
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("make", [make_views, make_modes])
def test_meshes_stand_upright_and_undistorted(make):
    for ax in make()[0].axes[:-1]:  # the last is the scale of the colours
        assert ax.yaxis_inverted()
        assert ax.get_aspect() == 1


def drawn_lines(ax):
    """(edge, end, 2) the ends of the lines of a panel."""
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    return np.array(lines.get_segments()), lines.get_array()


def test_from_the_side_depth_runs_across():
    front, side = make_views()[0].axes[:2]
    np.testing.assert_array_equal(drawn_lines(front)[0], POINTS[EDGES][..., :2])
    np.testing.assert_array_equal(drawn_lines(side)[0], POINTS[EDGES][..., [2, 1]])


def test_faces_stand_two_and_a_half_deviations_to_both_sides_of_the_mean():
    panels = make_modes()[0].axes[:6]
    for ax, move, step in zip(panels, MOVES[[0, 0, 0, 1, 1, 1]], [-2.5, 0, 2.5] * 2, strict=True):
        lines, moved = drawn_lines(ax)
        np.testing.assert_array_equal(lines, (POINTS + step * move)[EDGES][..., :2])
        ends = np.linalg.norm(move, axis=1)
        np.testing.assert_allclose(moved, [(ends[i] + ends[j]) / 2 for i, j in EDGES])


def test_a_share_that_the_components_do_not_reach_is_not_marked():
    figure = mesh.variance_explained({"mesh": np.array([0.5, 0.42])}, "title")
    marks = [line for line in figure.axes[0].lines if line.get_label() == "mesh"]
    assert [line.get_xdata().tolist() for line in marks] == [[2]]  # 92 % is above 90 only


def test_each_expression_has_its_median_and_one_line_around_half_of_its_faces():
    random = np.random.default_rng(0)
    emotion = np.repeat([3, 5], 1000)
    scores = random.normal(size=(2000, 2)) + np.where(emotion == 3, -4, 4)[:, None]
    ax = mesh.by_expression(scores, emotion, ["one", "other"], "title").axes[0]
    for code, line, contour in zip((3, 5), ax.lines, ax.collections, strict=True):
        np.testing.assert_allclose(line.get_xydata()[0], np.median(scores[emotion == code], axis=0))
        assert line.get_color() == style.EMOTION_COLOURS[EMOTIONS[code]]
        (path,) = (path for path in contour.get_paths() if len(path.vertices))
        assert path.contains_points(scores[emotion == code]).mean() == pytest.approx(0.5, abs=0.05)
        assert not path.contains_points(scores[emotion != code]).any()


def test_an_expression_with_a_single_face_has_a_median_and_no_line():
    scores = np.random.default_rng(0).normal(size=(31, 2))
    ax = mesh.by_expression(scores, np.array([3] * 30 + [1]), ["one", "other"], "title").axes[0]
    assert {line.get_label() for line in ax.lines} == {"happy", "disgust"}
    assert len(ax.collections) == 1
