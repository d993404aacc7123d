"""Expressions over time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from mien.plots import style

MOST = 4
"""Faces that are drawn: those seen longest."""

GAP = 0.5
"""Seconds without a face after which its lines begin anew."""


@style.styled
def expressions(table: pd.DataFrame, classes: Sequence[str]) -> Figure:
    """Draw the probability of each class over time, a panel a face.

    Args:
        table: a row a face and frame, with `id`, `seconds`, `expression` and a column for each class.
        classes: to draw, in this order.
    """
    faces = table["id"].value_counts().index[:MOST].sort_values() if len(table) else []
    title = "No face is found"
    if len(faces):
        title = f"Face {faces[0]} looks {mostly(table.loc[table['id'] == faces[0], 'expression'])}"
    rows = max(len(faces), 1)
    figure, axes = style.figure(title, rows, height=1.6 + 1.7 * rows, sharex=True, sharey=True)
    for ax, face in zip(axes.flat, faces, strict=False):
        own = table[table["id"] == face].sort_values("seconds")
        breaks = np.flatnonzero(np.diff(own["seconds"]) > GAP) + 1
        for name, colour in zip(classes, style.colours_of(classes), strict=True):
            seconds, share = (np.insert(own[what].to_numpy(float), breaks, np.nan) for what in ("seconds", name))
            ax.plot(seconds, share, color=colour, label=name)
        ax.set(ylabel=f"face {face}", ylim=(0, 1))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[-1, 0].set_xlabel("seconds")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def mostly(expressions: pd.Series) -> str:
    """The expression that most frames of a face show, and how many, in words."""
    shares = expressions.value_counts(normalize=True)
    return f"{shares.index[0]} in {shares.iloc[0]:.0%} of its frames" if len(shares) else "like nothing it knows"
