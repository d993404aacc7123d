"""The picture of the flow has a row a stage and a column a face, and says what it is given."""

import numpy as np
import pytest

from mien.plots.flow import LONGER, SHORTER, Face, flow
from mien.plots.style import figure as new_figure
from mien.vocabulary import topology
from mien.vocabulary.labels import EMOTIONS

STAGES = {name: f"what {name} are" for name in ("raw", "faces", "landmarks", "features", "models", "evaluation")}


def face(expression: str, answer: str) -> Face:
    rng = np.random.default_rng(0)
    return Face(
        expression, ["3,1 2", "3 4"], rng.integers(0, 255, (48, 48), np.uint8), 48 * rng.random((478, 2)),
        48 * rng.random((68, 2)), np.array([[0, 1], [2, 3]]), np.array([2.0, -3.0]), rng.random((48, 48)),
        answer, 0.625, np.array([0.1, 0, 0, 0.7, 0, 0.2, 0]), (0.66, 0.74),
    )  # fmt: skip


@pytest.fixture(scope="module")
def figure():
    faces = [face("happy", "surprise"), face("angry", "angry")]
    return flow(faces, STAGES, EMOTIONS, topology.mesh_edges(), topology.DLIB_LINES)


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_a_row_is_a_stage_and_a_column_a_face(figure):
    assert len(figure.axes) == 6 * (1 + 2)
    assert [texts(ax) for ax in figure.axes[::3]] == [[*stage] for stage in STAGES.items()]
    assert [ax.get_title() for ax in figure.axes[1:3]] == ["happy", "angry"]


def test_a_face_s_answer_and_the_share_of_its_class_that_is_right_are_said(figure):
    assert texts(figure.axes[3 * 4 + 1]) == ["surprise 62%"]
    assert texts(figure.axes[3 * 5 + 1]) == ["70%", "surprise 20%", "66%–74% right"]


def test_longer_and_shorter_distances_have_a_colour_each(figure):
    (lines,) = figure.axes[3 * 3 + 1].collections
    probe = new_figure("")[1][0, 0].hlines([0, 1], 0, 1, colors=[LONGER, SHORTER])
    np.testing.assert_allclose(lines.get_color(), probe.get_color())
