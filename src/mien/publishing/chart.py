"""The chart of a published run: every model of seven expressions with its interval."""

import math
from pathlib import Path

import pandas as pd

from mien.engine import store
from mien.plots import scores as plots
from mien.publishing import claims, scores

NAME = "results.png"
"""Of the chart, beside the metrics that it is drawn from."""

NONE = {"accuracy": math.nan, "accuracy_ci95": (math.nan, math.nan)}
"""What is drawn of a view that has no faces."""


def write(folder: Path, synthetic: bool) -> Path | None:
    """Draw the chart of a published run; of synthetic faces it says so.

    Returns:
        Where it is; None where no model of seven expressions was scored.
    """
    rows = [_row(row) for row in scores.scored(folder / "metrics", "emotion7")]
    if not rows:
        return None
    title = claims.headline(folder) + (" (synthetic faces)" if synthetic else "")
    store.save_figure(plots.ranking(pd.DataFrame(rows), title), folder / NAME)
    return folder / NAME


def _row(scored: scores.Scored) -> dict:
    row = {"family": scored.family, "model": scored.name}
    for view in plots.RANKED:
        share, (low, high) = (scored.test[view].get(key, none) for key, none in NONE.items())
        row |= {view: share, f"{view}_low": low, f"{view}_high": high}
    return row
