"""How far eyes are open, and what a model says of it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from mien.plots import style


@style.styled
def distributions(table: pd.DataFrame, by: str, title: str) -> Figure:
    """Draw the distribution of each number in each class, in panels side by side.

    Args:
        table: one row a face or eye; the column `by` is categorical, and every other a number whose name labels its
            axis. Numbers may be missing.
        by: what the rows of a panel are, from above in the order of the categories.
        title: the finding.
    """
    numbers = [name for name in table if name != by]
    classes = list(table[by].cat.categories)
    figure, axes = style.figure(title, 1, len(numbers), height=1.5 + 0.45 * len(classes), sharey=True)
    look = {
        "hue": by,
        "palette": style.colours_of(classes),
        "dodge": False,
        "inner": "quart",
        "cut": 0,
        "legend": False,
    }
    for ax, name in zip(axes.flat, numbers, strict=True):
        seaborn.violinplot(table, x=name, y=by, density_norm="width", linewidth=1, ax=ax, **look)
        ax.set(ylabel="", xlim=table[name].quantile([0.002, 0.998]))
    return figure


@style.styled
def scatter(table: pd.DataFrame, by: str, title: str, diagonal: bool = False) -> Figure:
    """Draw eyes as points in the plane of two numbers.

    Args:
        table: one row a point; the column `by` is categorical, the two others are numbers whose names label the axes.
        by: what the colours are.
        title: the finding.
        diagonal: draw the line on which both numbers are the same.
    """
    figure, axes = style.figure(title, width=6.3, height=4.6)
    ax = axes[0, 0]
    x, y = (name for name in table if name != by)
    classes = list(table[by].cat.categories)
    for name, colour in zip(classes, style.colours_of(classes), strict=True):
        rows = table[table[by] == name]
        ax.scatter(rows[x], rows[y], s=14, alpha=0.6, linewidth=0, color=colour, label=name)
    if diagonal:
        ax.axline((0, 0), slope=1, color=style.INK, linestyle=":", linewidth=1)
        ax.set_aspect("equal")
    ax.set(xlabel=x, ylabel=y)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return figure


@style.styled
def state_curves(
    opening: np.ndarray, probabilities: np.ndarray, classes: Sequence[str], title: str, label: str
) -> Figure:
    """Draw the probability of each state over the opening of the eye, and where the most probable one changes.

    Args:
        opening: (n,) rising.
        probabilities: (n, k).
        classes: k names in their order.
        title: the finding.
        label: of the opening.
    """
    figure, axes = style.figure(title, height=3.8)
    ax = axes[0, 0]
    for name, colour, curve in zip(classes, style.colours_of(classes), probabilities.T, strict=True):
        ax.plot(opening, curve, color=colour, linewidth=2.5, label=name)
    changes = np.flatnonzero(np.diff(probabilities.argmax(axis=1)))
    for i in changes:
        ax.axvline((opening[i] + opening[i + 1]) / 2, color=style.INK, linestyle=":", linewidth=1)
    ax.set(xlabel=label, ylabel="probability", xlim=(opening[0], opening[-1]), ylim=(0, 1))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
