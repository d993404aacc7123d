"""Landmarks drawn as faces."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from mien.plots import style
from mien.vocabulary.labels import EMOTIONS

Lines = Sequence[Sequence[int]]
"""Polylines through points, by index; a closed one ends where it begins."""

SAMPLE = 150
"""Faces scattered for each expression: more turn into a blot."""


@style.styled
def scatter_mean_shapes(points: np.ndarray, emotion: np.ndarray, lines: Lines, title: str, seed: int = 0) -> Figure:
    """Draw the mean shape of each expression over the landmarks of a sample of its faces.

    Args:
        points: (n, 68, 2) aligned landmarks, y downwards, no NaN.
        emotion: (n,) codes of the seven expressions.
        lines: the face as lines, `topology.DLIB_LINES`.
        title: the finding.
        seed: of the sample.
    """
    shown = [code for code in range(len(EMOTIONS)) if (emotion == code).any()]
    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    figure, axes = style.figure(title, rows, columns, height=0.4 + 1.95 * rows, sharex=True, sharey=True)
    random = np.random.default_rng(seed)
    for ax in axes.flat:
        style.empty(ax)
    for ax, code in zip(axes.flat, shown, strict=False):
        faces = points[emotion == code]
        sample = random.permutation(faces)[:SAMPLE].reshape(-1, 2)
        ax.scatter(*sample.T, s=2, linewidth=0, alpha=0.25, color=style.colour_of(EMOTIONS[code]), rasterized=True)
        _draw(ax, faces.mean(axis=0), lines)
        ax.set_title(f"{EMOTIONS[code]} ({len(faces):,})", loc="center")
    low, high = np.quantile(points.reshape(-1, 2), [0.005, 0.995], axis=0)  # without the few far out
    axes[0, 0].set(xlim=(low[0], high[0]), ylim=(high[1], low[1]))  # once, since the panels share them
    return figure


@style.styled
def distances_on_face(
    mean_points: np.ndarray, pairs: np.ndarray, scores: np.ndarray, lines: Lines, title: str, label: str = "score"
) -> Figure:
    """Draw distances between landmarks as lines on the mean face, the higher their score the darker and thicker.

    Args:
        mean_points: (68, 2), y downwards.
        pairs: (m, 2) point indices.
        scores: (m,), e.g. mutual information with the expression.
        lines: the face as lines, `topology.DLIB_LINES`.
        title: the finding.
        label: what the scores are.
    """
    figure, axes = style.figure(title, width=6, height=5)
    ax = style.empty(axes[0, 0])
    _draw(ax, mean_points, lines, color="#AAAAAA")
    order = np.argsort(scores)  # the best lie on top
    width = np.interp(scores[order], [scores.min(), scores.max()], [0.8, 3.5])
    drawn = LineCollection(mean_points[pairs[order]], array=scores[order], cmap="viridis_r", linewidths=width, zorder=3)
    ax.add_collection(drawn)
    ax.invert_yaxis()
    figure.colorbar(drawn, ax=ax, label=label, shrink=0.7)
    return figure


def _draw(ax: Axes, points: np.ndarray, lines: Lines, color: str = style.INK) -> None:
    for line in lines:
        ax.plot(*points[list(line)].T, color=color, linewidth=1.5)
    ax.set_aspect("equal")
