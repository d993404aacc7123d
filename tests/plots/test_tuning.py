import numpy as np
import pandas as pd
import pytest

from mien.plots import tuning


@pytest.fixture
def trials():
    return pd.DataFrame({
        "score": [0.5, 0.7, 0.6], "rate": [0.001, 0.1, 0.01], "colour": ["red", "green", "red"], "fixed": [1, 1, 1]
    })  # fmt: skip


@pytest.mark.parametrize(("direction", "expected"), [("max", [0.5, 0.7, 0.7]), ("min", [0.5, 0.5, 0.5])])
def test_the_best_so_far_never_gets_worse(trials, direction, expected):
    ax = tuning.by_trial(trials, 0.55, direction, "title", "accuracy").axes[0]
    points, so_far, defaults = ax.lines
    assert points.get_ydata().tolist() == [0.5, 0.7, 0.6]
    assert so_far.get_ydata().tolist() == expected
    assert {*defaults.get_ydata()} == {0.55}


@pytest.mark.parametrize(("direction", "winner"), [("max", 1), ("min", 0)])
def test_every_trial_is_a_line_through_what_varied_and_the_best_stands_out(trials, direction, winner):
    ax = tuning.parallel(trials, direction, "title", "accuracy").axes[0]
    every, best = ax.collections
    assert [label.get_text() for label in ax.get_yticklabels()] == ["rate", "colour", "accuracy"]
    places = np.array([path.vertices[:, 0] for path in every.get_paths()])
    np.testing.assert_allclose(places, [[0, 1, 0], [1, 0, 1], [0.5, 1, 0.5]])  # rates are a factor of ten apart
    np.testing.assert_allclose(best.get_paths()[0].vertices[:, 0], places[winner])


def test_the_most_important_stands_on_top():
    ax = tuning.importances(pd.Series({"rate": 0.8, "colour": 0.2}), "title").axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["colour", "rate"]
    assert [bar.get_width() for bar in ax.patches] == [0.2, 0.8]


def test_a_gain_stands_between_the_ends_of_its_interval_and_beside_none_at_all():
    views = pd.DataFrame({"gain": [0.02, -0.01], "low": [0.01, -0.03], "high": [0.04, 0.0]}, ["all", "clean"])
    ax = tuning.gains(views, "title", "gain").axes[0]
    (bars,) = ax.collections
    ends = [segment[:, 0].tolist() for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, views[["low", "high"]])
    nothing, points = ax.lines
    assert {*nothing.get_xdata()} == {0}
    assert points.get_xdata().tolist() == [0.02, -0.01]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["all", "clean"]
