"""The chart of a published run: every model of seven expressions with its interval."""

import math
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from mien.engine import store
from mien.plots import scores as plots
from mien.publishing import claims, scores

NAME = "results.png"
"""Of the chart, beside the metrics that it is drawn from."""

NONE = {"accuracy": math.nan, "accuracy_ci95": (math.nan, math.nan)}
"""What is drawn of a view that has no faces."""


def write(folder: Path, synthetic: bool) -> Path | None:
    """Draw the chart of a published run beside its metrics; gives where it is, or None where there is none."""
    if drawn := figure(folder, synthetic):
        store.save_figure(drawn, folder / NAME)
    return folder / NAME if drawn else None


def figure(folder: Path, synthetic: bool) -> Figure | None:
    """The chart of a run's reports, whose title says so where faces are synthetic.

    Returns:
        None where no model of seven expressions was scored.
    """
    rows = [_row(row) for row in scores.scored(folder / "metrics", "emotion7")]
    title = claims.headline(folder) + (" (synthetic faces)" if synthetic else "")
    return plots.ranking(pd.DataFrame(rows), title) if rows else None


def _row(scored: scores.Scored) -> dict:
    row = {"family": scored.family, "model": scored.name}
    for view in plots.RANKED:
        share, (low, high) = (scored.test[view].get(key, none) for key, none in NONE.items())
        row |= {view: share, f"{view}_low": low, f"{view}_high": high}
    return row
