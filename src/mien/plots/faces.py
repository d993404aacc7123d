"""Faces, and how many there are."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from mien.plots import style


@style.styled
def class_balance(counts: pd.DataFrame, title: str) -> Figure:
    """Draw the share of each class in each split, with the number of faces.

    Args:
        counts: faces, one row a class and one column a split.
        title: the finding.
    """
    figure, axes = style.figure(title, 1, counts.shape[1], height=1.3 + 0.36 * len(counts), sharex=True, sharey=True)
    shares = counts / counts.sum().clip(lower=1)
    for ax, split in zip(axes.flat, counts, strict=True):
        bars = ax.barh(counts.index, shares[split], color=style.colours_of(counts.index))
        ax.bar_label(bars, [f"{n:,}" for n in counts[split]], padding=3, fontsize=11)
        ax.set_title(split)
        ax.set_xlabel("share of faces")
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0, 0].invert_yaxis()
    axes[0, 0].set_xlim(0, 1.45 * shares.to_numpy().max())  # room for the numbers
    return figure


@style.styled
def board(
    images: np.ndarray,
    title: str,
    titles: list[str] | None = None,
    points: np.ndarray | None = None,
    colours: list[str] | None = None,
    columns: int = 7,
) -> Figure:
    """Lay faces out in rows.

    Args:
        images: (n, height, width) uint8, gray, or (n, height, width, 3) RGB.
        title: the finding.
        titles: n lines to stand above the faces.
        points: (n, k, 2) landmarks to draw on them, in pixels.
        colours: n colours of the points.
        columns: faces in a row.
    """
    rows = max(1, -(-len(images) // columns))  # of no images an empty board
    lines = max(line.count("\n") + 1 for line in titles) if titles else 0
    high, wide = np.shape(images[0])[:2] if len(images) else (1, 1)
    row = style.WIDTH / columns * high / wide + 0.19 * lines  # inches
    figure, axes = style.figure(title, rows, columns, height=0.4 + rows * row)
    for ax in axes.flat:
        style.empty(ax)
    for ax, image in zip(axes.flat, images, strict=False):
        ax.imshow(image, cmap="gray", vmin=0, vmax=255)
    for ax, line in zip(axes.flat, titles or [], strict=False):
        ax.set_title(line, loc="center", fontsize=10)
    for ax, face, colour in zip(axes.flat, () if points is None else points, colours or (), strict=False):
        ax.scatter(*face.T, s=14 / columns, color=colour, linewidth=0)
        ax.set(xlim=(-0.5, images.shape[2] - 0.5), ylim=(images.shape[1] - 0.5, -0.5))  # points may lie outside
    return figure


@style.styled
def detection_rate(table: pd.DataFrame, title: str) -> Figure:
    """Draw the share of faces in which the detector found landmarks.

    Args:
        table: one row a class, with `share` in [0, 1] and, for error bars, `low` and `high`.
        title: the finding.
    """
    figure, axes = style.figure(title, height=1.2 + 0.38 * len(table))
    ax = axes[0, 0]
    ends = abs(table[["low", "high"]].T - table["share"]).to_numpy() if "low" in table else None
    bars = ax.barh(table.index, table["share"], color=style.colours_of(table.index), xerr=ends, capsize=3)
    ax.bar_label(bars, [f"{share:.1%}" for share in table["share"]], padding=4, fontsize=11)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.12), xticks=np.linspace(0, 1, 6), xlabel="share of faces with landmarks")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure
