"""Keypoints drawn on faces."""

import numpy as np
from matplotlib.figure import Figure

from mien.plots import faces, style

LOOKS = (
    {"marker": "o", "s": 22, "facecolors": "none", "edgecolors": "#E69F00"},
    {"marker": "x", "s": 15, "color": "#56B4E9"},
)
"""A ring, and a cross that fits into it: told apart on gray by shape, and by colour-blind readers by colour."""


@style.styled
def board(
    images: np.ndarray, points: dict[str, np.ndarray], title: str, titles: list[str] | None = None, columns: int = 5
) -> Figure:
    """Lay faces out in rows, with two kinds of points on each.

    Args:
        images: (n, height, width) uint8, gray.
        points: what the two kinds are -> (n, k, 2) in pixels, NaN where missing.
        title: the finding.
        titles: n lines to stand above the faces.
        columns: faces in a row.
    """
    figure = faces.board(images, title, titles, columns=columns)
    for ax, *kinds in zip(figure.axes, *points.values(), strict=False):
        for places, look, name in zip(kinds, LOOKS, points, strict=True):
            ax.scatter(*places.T, linewidth=1.2, label=name, **look)
        ax.set(xlim=(-0.5, images.shape[2] - 0.5), ylim=(images.shape[1] - 0.5, -0.5))  # points may lie outside
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
