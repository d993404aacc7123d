import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from mien.plots import style, tables
from mien.vocabulary.labels import EMOTIONS

pytestmark = pytest.mark.filterwarnings("error")


def texts(figure: Figure) -> set[str]:
    """What can be read on a figure, once it is drawn."""
    figure.savefig(io.BytesIO())
    return {text.get_text() for text in figure.findobj(Text) if text.get_visible()}


def test_a_heat_map_names_rows_and_columns_and_writes_every_number():
    table = pd.DataFrame([[0.51, 0.625], [0.5, 0.58]], pd.Index([1.0, 3.0], name="C"), ["narrow", "wide"])
    expected = {"title", "accuracy", "C", "1.0", "3.0", "narrow", "wide", "0.510", "0.625", "0.500", "0.580"}
    assert expected <= texts(tables.heat_map(table, "title", "accuracy", decimals=3))


def test_what_says_nothing_is_pale_and_what_lies_to_its_sides_differs_in_colour():
    figure = tables.heat_map(pd.DataFrame([[0.1, 0.5, 0.9]]), "title", "area", centre=0.5)
    figure.savefig(io.BytesIO())
    low, nothing, high = figure.axes[0].collections[0].get_facecolors()[:, :3]
    assert min(nothing) > 0.9
    assert low[2] > low[0]  # purple: more blue than red
    assert high[0] > high[2]  # orange


def test_boxes_have_a_panel_for_every_number_and_the_colour_of_every_expression():
    emotion = np.arange(70) % 7
    values = emotion[:, None] + np.random.default_rng(0).random((70, 3))
    figure = tables.boxes(values, emotion, ["one", "two", "three"], "title", "rank")
    assert {"title", "rank", "one", "two", "three", *EMOTIONS} <= texts(figure)
    panels = [ax for ax in figure.axes if ax.get_visible()]
    assert len(panels) == 3
    for ax in panels:
        for box, name in zip(ax.patches, EMOTIONS, strict=True):
            assert box.get_facecolor() == to_rgba(style.colour_of(name))
        middles = [box.get_path().vertices[:, 0].mean() for box in ax.patches]
        assert middles == sorted(middles)  # each expression lies higher than the one before
