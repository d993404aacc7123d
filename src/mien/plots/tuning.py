"""How a search went: its scores, what its trials had in common, and what mattered."""

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mien.plots import style

BEST, OTHER = "#D55E00", "#0072B2"
PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}


@style.styled
def by_trial(trials: pd.DataFrame, untuned: float, direction: str, title: str, label: str) -> Figure:
    """Draw the score of every trial, the best so far as a line, and that of the defaults, dotted.

    Args:
        trials: as `search.table` gives them.
        untuned: the score of the defaults.
        direction: "max" or "min", which scores are better.
        title: the finding.
        label: what the score is, with its unit.
    """
    figure, axes = style.figure(title, height=3.4)
    ax, number = axes[0, 0], np.arange(1, len(trials) + 1)
    so_far = trials["score"].cummax() if direction == "max" else trials["score"].cummin()
    ax.plot(number, trials["score"], "o", color=OTHER, alpha=0.7, label="trial")
    ax.step(number, so_far, where="post", color=BEST, label="best so far")
    ax.axhline(untuned, color=style.INK, linestyle=":", label="defaults")
    ax.set(xlabel="trial", ylabel=label)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return figure


@style.styled
def parallel(trials: pd.DataFrame, direction: str, title: str, label: str) -> Figure:
    """Draw every trial as a line through its values, one axis a hyper-parameter, the best trial in orange.

    Args:
        trials: as `search.table` gives them; columns of one value only are left out.
        direction: "max" or "min", which scores are better.
        title: the finding.
        label: what the score, the lowest axis, is.
    """
    columns = [name for name in trials.columns[1:] if trials[name].nunique() > 1] + ["score"]
    figure, axes = style.figure(title, height=1.2 + 0.55 * len(columns))
    ax, along = axes[0, 0], pd.DataFrame(index=trials.index)
    for place, name in enumerate(columns):
        along[name], ticks = _axis(trials[name])
        ax.axhline(place, color=style.OTHER_COLOUR, linewidth=1)
        for x, text in ticks:
            ax.annotate(text, (x, place), (0, 3), textcoords="offset points", ha="center", fontsize=11, bbox=PAPER)
    lines = [np.column_stack([row, range(len(columns))]) for row in along.to_numpy(float)]
    winner = trials["score"].to_numpy().argmax() if direction == "max" else trials["score"].to_numpy().argmin()
    ax.add_collection(LineCollection(lines, colors=OTHER, alpha=0.35, linewidths=1))
    ax.add_collection(LineCollection([lines[winner]], colors=BEST, linewidths=2.5))
    ax.set_yticks(range(len(columns)), [*columns[:-1], label])
    ax.set(xticks=[], xlim=(-0.08, 1.08), ylim=(len(columns) - 0.7, -0.6))
    ax.spines[:].set_visible(False)
    return figure


def _axis(values: pd.Series) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """Places from 0 to 1, and what stands at which: the names of choices, or the ends of a range."""
    if values.dtype.kind not in "if":
        names = sorted(values.unique(), key=str)
        places = dict(zip(names, np.linspace(0, 1, len(names)), strict=True))
        return values.map(places).to_numpy(float), [(x, str(name)) for name, x in places.items()]
    low, high = values.min(), values.max()
    logarithmic = low > 0 and high / low >= 20
    scaled = np.log(values.to_numpy(float)) if logarithmic else values.to_numpy(float)
    found = (scaled - scaled.min()) / (np.ptp(scaled) or 1)
    return found, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")]


@style.styled
def importances(shares: pd.Series, title: str) -> Figure:
    """Draw how much each hyper-parameter matters, the most important on top.

    Args:
        shares: hyper-parameter -> share, as `search.importance` gives them.
        title: the finding.
    """
    figure, axes = style.figure(title, height=1.4 + 0.35 * len(shares))
    ax, rising = axes[0, 0], shares[::-1]
    ax.barh(rising.index, rising, color=OTHER)
    ax.set_xlabel("share of what matters")
    return figure


@style.styled
def gains(views: pd.DataFrame, title: str, label: str) -> Figure:
    """Draw how much better or worse a second model is than a first, one line a view, with intervals.

    Args:
        views: one row a view: `gain`, `low` and `high`.
        title: the finding.
        label: what a gain is, with its unit.
    """
    figure, axes = style.figure(title, height=1.5 + 0.4 * len(views))
    ax, place = axes[0, 0], np.arange(len(views))
    ends = views[["low", "high"]].sub(views["gain"], axis=0).abs().T.to_numpy()
    ax.axvline(0, color=style.INK, linestyle=":")
    ax.errorbar(views["gain"], place, xerr=ends, fmt="o", color=BEST)
    ax.set_yticks(place, views.index)
    ax.set(xlabel=label, ylim=(len(views) - 0.5, -0.5))
    return figure
