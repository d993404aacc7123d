"""MediaPipe's mesh drawn as lines, and the components that its shapes are made of."""

from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import BoundaryNorm, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from mien.plots import style
from mien.vocabulary.labels import EMOTIONS

LEVELS = (0.9, 0.95, 0.99)
"""Shares of the variance at which the number of components is written."""

CURVES = (("#0072B2", "o", -16), ("#D55E00", "s", 7))
"""Colour, marker and height of the numbers, in points, of each curve of variance."""

STEPS = (-2.5, 0, 2.5)
"""Where on a component faces are drawn, in standard deviations."""

FAR = ListedColormap(matplotlib.colormaps["viridis_r"](np.linspace(0.2, 1, 256)))
"""Without the yellow end, in which a thin line fades."""

SAMPLE = 1000
"""Faces of each expression from which a density is estimated: more take time and hardly move a line."""


@style.styled
def views(points: np.ndarray, edges: np.ndarray, values: np.ndarray, title: str, label: str) -> Figure:
    """Draw a mesh from the front and from the side, its points coloured by a whole number each.

    Args:
        points: (point, 3), y downwards, z smaller towards the viewer.
        edges: (edge, 2) point indices.
        values: (point,) whole numbers.
        title: the finding.
        label: what the numbers are.
    """
    figure, axes = style.figure(title, 1, 2, height=4.8, sharey=True, width_ratios=np.ptp(points[:, [0, 2]], axis=0))
    ends = np.arange(values.min(), values.max() + 2) - 0.5
    look = {"cmap": "viridis_r", "norm": BoundaryNorm(ends, matplotlib.colormaps["viridis_r"].N)}
    for ax, view, name in zip(axes.flat, ([0, 1], [2, 1]), ("front", "side"), strict=True):
        _draw(ax, points[:, view], edges, colors="#BBBBBB", linewidths=0.5)
        drawn = ax.scatter(*points[:, view].T, c=values, s=14, zorder=2, linewidth=0, **look)
        ax.set_title(name, loc="center")
    axes[0, 0].invert_yaxis()
    figure.colorbar(drawn, ax=axes, label=label, ticks=np.unique(values), shrink=0.8)
    return figure


@style.styled
def modes(mean: np.ndarray, moves: np.ndarray, edges: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """Draw the mean face between faces that lie to both sides of it on a component, one row a component.

    Args:
        mean: (point, 3), y downwards, in distances between the eyes.
        moves: (component, point, 3), what one standard deviation adds.
        edges: (edge, 2) point indices; a line is the darker the further its ends move.
        names: of the components.
        title: the finding.
    """
    figure, axes = style.figure(title, len(moves), 3, height=0.9 + 2.2 * len(moves), sharex=True, sharey=True)
    far = np.linalg.norm(moves, axis=-1)[:, edges].mean(axis=-1)  # (component, edge)
    look = {"cmap": FAR, "norm": Normalize(0, far.max()), "linewidths": 0.6}
    for row, move, moved, name in zip(axes, moves, far, names, strict=True):
        row[0].set_ylabel(name)
        for ax, step in zip(row, STEPS, strict=True):
            drawn = _draw(ax, (mean + step * move)[:, :2], edges, array=moved, **look)
    for ax, step in zip(axes[0], STEPS, strict=True):
        ax.set_title(f"{step:+g} deviations" if step else "mean", loc="center")
    axes[0, 0].invert_yaxis()
    label = "moved by one deviation, in distances between the eyes"
    figure.colorbar(drawn, ax=axes, label=label, location="bottom", shrink=0.7, aspect=40)
    return figure


def _draw(ax: Axes, points: np.ndarray, edges: np.ndarray, **look) -> LineCollection:
    """The lines of a mesh on an empty panel, undistorted."""
    lines = style.empty(ax).add_collection(LineCollection(points[edges], **look))
    ax.set_aspect("equal")
    ax.autoscale_view()
    return lines


@style.styled
def variance_explained(shares: dict[str, np.ndarray], title: str) -> Figure:
    """Draw the share of variance that the first components hold, and how many hold the shares of `LEVELS`.

    Args:
        shares: name -> (component,) share of the variance in each component, the largest first; two at most.
        title: the finding.
    """
    figure, axes = style.figure(title, height=4.2)
    ax = axes[0, 0]
    for (name, share), (colour, marker, height) in zip(shares.items(), CURVES, strict=False):
        total = np.cumsum(share)
        number = np.searchsorted(total, [level for level in LEVELS if level <= total[-1]]) + 1
        ax.plot(np.arange(1, len(total) + 1), total, color=colour)
        ax.plot(number, total[number - 1], marker, color=colour, label=name)
        for n in number:
            ax.annotate(f"{n}", (n, total[n - 1]), (0, height), textcoords="offset points", color=colour, ha="center")
    ticks = [n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n <= max(map(len, shares.values()))]
    ax.set_xscale("log")
    ax.set_xticks(ticks, ticks)
    ax.set(xlabel="components", ylabel="share of the variance", ylim=(0, 1.07), yticks=(0, 0.25, 0.5, 0.75, *LEVELS))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y", color="#DDDDDD")
    ax.legend(loc="lower right")
    return figure


@style.styled
def by_expression(scores: np.ndarray, emotion: np.ndarray, names: Sequence[str], title: str, seed: int = 0) -> Figure:
    """Draw where the middle half of the faces of each expression lies on two components, and their median.

    Args:
        scores: (n, 2) of two components.
        emotion: (n,) codes of the seven expressions.
        names: of the two components.
        title: the finding.
        seed: of the faces from which the densities are estimated.
    """
    figure, axes = style.figure(title, height=4.8)
    ax = axes[0, 0]
    table = pd.DataFrame(scores, columns=["x", "y"]).assign(expression=pd.Categorical.from_codes(emotion, EMOTIONS))
    sample = table.sample(frac=1, random_state=seed).groupby("expression", observed=True).head(SAMPLE)
    seaborn.kdeplot(
        sample, x="x", y="y", hue="expression", palette=style.EMOTION_COLOURS, levels=[0.5], common_norm=False,
        gridsize=80, warn_singular=False, legend=False, ax=ax,
    )  # fmt: skip
    for name, median in table.groupby("expression", observed=True).median().iterrows():
        ax.plot(*median, "o", color=style.colour_of(name), label=name)
    low, high = np.quantile(scores, [0.01, 0.99], axis=0)  # without the few far out
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel=names[0], ylabel=names[1])
    ax.legend(title="dot: median;\nline: around half", loc="center left", bbox_to_anchor=(1, 0.5), alignment="left")
    return figure
