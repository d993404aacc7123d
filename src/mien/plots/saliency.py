"""Where a network looks, and what its channels see."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure

from mien.plots import style

STRONGEST = 0.75
"""How opaque the heat is at its highest: the face stays in sight below it."""


def heat() -> Colormap:
    """Inferno, which colour-blind readers tell from gray too, transparent at zero and denser the higher the value."""
    colours = matplotlib.colormaps["inferno"](np.linspace(0.15, 1, 256))  # without its blacks, which read as shadow
    colours[:, 3] = np.linspace(0, STRONGEST, 256)
    return ListedColormap(colours)


@style.styled
def overlay(
    images: np.ndarray,
    maps: np.ndarray,
    title: str,
    titles: list[str] | None = None,
    columns: int = 7,
    label: str = "evidence for the class",
) -> Figure:
    """Lay faces out in rows, each under the heat of its map, all on one scale.

    Args:
        images: (n, height, width) gray, 0 to 255.
        maps: (n, height, width); what is not above zero stays clear.
        title: the finding.
        titles: n lines to stand above the faces; a row of empty ones takes no room.
        columns: faces in a row.
        label: what the maps are, with their unit.
    """
    rows = -(-len(images) // columns)
    lines = [line.count("\n") + 1 if line else 0 for line in titles or []]
    above = sum(max(lines[start : start + columns]) for start in range(0, len(lines), columns))
    height = 1.2 + rows * style.WIDTH / columns + 0.19 * above
    figure, axes = style.figure(title, rows, columns, height=height)
    drawn = ScalarMappable(Normalize(0, maps.max() if maps.max() > 0 else 1), heat())
    for ax in axes.flat:
        style.empty(ax)
    for ax, image, values in zip(axes.flat, images, maps, strict=False):
        ax.imshow(image, cmap="gray", vmin=0, vmax=255)
        ax.imshow(values, cmap=drawn.cmap, norm=drawn.norm)
    for ax, line in zip(axes.flat, titles or [], strict=False):
        ax.set_title(line, loc="center", fontsize=10)
    _bar(figure, drawn, axes, label).ax.set_facecolor("#808080")  # the gray of a face shines through
    return figure


@style.styled
def maps_grid(maps: np.ndarray, title: str, columns: int = 8, limit: int = 32, label: str = "activation") -> Figure:
    """Lay the channels of one convolution out in rows, all on one scale, each with its number.

    Args:
        maps: (y, x, channel): activations, or kernels; with values below zero the scale is centred on zero.
        title: the finding.
        columns: channels in a row.
        limit: channels shown, the first ones.
        label: what the values are.
    """
    maps = maps[:, :, :limit]
    rows, highest = -(-maps.shape[2] // columns), abs(maps).max()
    figure, axes = style.figure(title, rows, columns, height=1.2 + rows * (style.WIDTH / columns + 0.2))
    colours = {"vmin": -highest, "cmap": "PuOr_r"} if maps.min() < 0 else {"vmin": 0, "cmap": "inferno"}
    for ax in axes.flat:
        style.empty(ax)
    for channel, ax in zip(range(maps.shape[2]), axes.flat, strict=False):
        drawn = ax.imshow(maps[:, :, channel], vmax=highest, **colours)
        ax.set_title(channel, loc="center", fontsize=10, pad=2)
    _bar(figure, drawn, axes, label)
    return figure


@style.styled
def selectivity(table: pd.DataFrame, title: str) -> Figure:
    """Draw how well the best channel of each convolution tells each class from the rest, from picture to output.

    Args:
        table: d', one row a convolution, in the order of the network, and one column a class.
        title: the finding.
    """
    figure, axes = style.figure(title, height=4.6)
    ax = axes[0, 0]
    for name, colour in zip(table, style.colours_of(table.columns), strict=True):
        ax.plot(table.index, table[name], "o-", markersize=4, color=colour, label=name)
    ax.axhline(0, color=style.INK, linewidth=0.8)
    ax.set(ylabel="d' of the best channel", xlabel="convolution", xlim=(-0.5, len(table) - 0.5))
    ax.tick_params("x", rotation=90, labelsize=9)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _bar(figure: Figure, drawn: ScalarMappable, axes: np.ndarray, label: str) -> Colorbar:
    """One bar for all panels, below them, where its label has room under a single row too."""
    return figure.colorbar(drawn, ax=axes, label=label, location="bottom", shrink=0.5, aspect=30)
