"""One style for all figures, and the fixed colour of every class."""

import io
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from mien.vocabulary.labels import EMOTIONS

WIDTH = 7.0
"""Inches. With text of 12 points a figure is still read at half the width of a page."""

EMOTION_COLOURS = dict(
    zip(EMOTIONS, ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#56B4E9", "#4D4D4D"), strict=True)
)
"""Told apart by colour-blind readers too (Okabe & Ito, 2008); grey for its black, and no yellow, which fades."""

OTHER_COLOUR = "#999999"
INK = "#333333"

styled = matplotlib.rc_context(
    {
        "font.size": 12,
        "axes.titlesize": 12,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": 11,
        "ytick.labelsize": 11,
        "legend.frameon": False,
        "legend.fontsize": 11,
        "figure.titlesize": 14,
        "figure.dpi": 120,
    }
)
"""Decorator of every function that draws: the style holds inside it and nowhere else."""


class DisplayedFigure(Figure):
    """A figure that shows itself at the end of a notebook cell without pyplot, which would keep it alive."""

    def _repr_png_(self) -> bytes:
        with io.BytesIO() as buffer:
            self.savefig(buffer, format="png")
            return buffer.getvalue()


@styled
def figure(
    title: str, rows: int = 1, columns: int = 1, width: float = WIDTH, height: float = 4.0, **subplots
) -> tuple[Figure, np.ndarray]:
    """Make an empty figure in the house style.

    Args:
        title: the finding, set flush left and wrapped.
        rows, columns: of the grid of panels.
        width, height: in inches.
        subplots: passed to `Figure.subplots`, e.g. `sharex`.

    Returns:
        The figure and its axes, (rows, columns).
    """
    made = DisplayedFigure(figsize=(width, height), layout="constrained")
    made.suptitle(title, x=0.01, ha="left", color=INK, wrap=True)
    return made, made.subplots(rows, columns, squeeze=False, **subplots)


def empty(ax: Axes) -> Axes:
    """Take ticks and frame from a panel that shows a picture or a face; its title stays."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax


def colour_of(name: str) -> str:
    """The colour of a class: an expression's own, grey for anything else."""
    return EMOTION_COLOURS.get(name, OTHER_COLOUR)


def colours_of(classes: Sequence[str]) -> list[str]:
    """The colours of a target's classes: the expressions' own, or a ramp where none is one (the ordered eye states)."""
    if any(name in EMOTION_COLOURS for name in classes):
        return [colour_of(name) for name in classes]
    return [to_hex(c) for c in matplotlib.colormaps["viridis"](np.linspace(0, 0.85, len(classes)))]
