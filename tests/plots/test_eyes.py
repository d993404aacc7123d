"""Every figure of eyes says what it was told, and draws without a warning."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from mien.plots import eyes, style
from mien.vocabulary.labels import EMOTIONS, EYE_STATES

pytestmark = pytest.mark.filterwarnings("error")


def texts(figure):
    """What can be read on a figure, once it is drawn."""
    figure.savefig(io.BytesIO())
    return {text.get_text() for text in figure.findobj(Text) if text.get_visible()}


def table(classes):
    rng = np.random.default_rng(0)
    which = pd.Categorical.from_codes(np.arange(100) % len(classes), classes)
    return pd.DataFrame({"ratio": rng.random(100), "area": rng.random(100), "class": which})


@pytest.mark.parametrize("classes", [EYE_STATES, EMOTIONS])
def test_distributions_name_their_classes_and_numbers(classes):
    figure = eyes.distributions(table(classes), "class", "title")
    assert {"title", "ratio", "area", *classes} <= texts(figure)


def test_a_missing_number_and_a_class_without_rows_are_no_hindrance():
    some = table(EYE_STATES).query("`class` != 'eye_wide'")
    some.loc[0, "ratio"] = np.nan
    assert "eye_wide" in texts(eyes.distributions(some, "class", "title"))


def test_points_have_the_colours_of_their_states():
    figure = eyes.scatter(table(EYE_STATES), "class", "title", diagonal=True)
    assert {"title", "ratio", "area", *EYE_STATES} <= texts(figure)
    colours = [tuple(points.get_facecolor()[0][:3]) for points in figure.axes[0].collections]
    assert len(set(colours)) == len(EYE_STATES) == len(style.colours_of(EYE_STATES))


def test_a_line_stands_where_the_most_probable_state_changes():
    opening = np.linspace(0, 1, 101)
    middles = np.array([0.0, 0.25, 0.5, 1.0])
    nearness = np.exp(-((opening[:, None] - middles) ** 2) / 0.01)
    figure = eyes.state_curves(opening, nearness / nearness.sum(axis=1, keepdims=True), EYE_STATES, "title", "opening")
    assert {"title", "opening", "probability", *EYE_STATES} <= texts(figure)
    dotted = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    np.testing.assert_allclose(dotted, [0.125, 0.375, 0.75], atol=0.01)
