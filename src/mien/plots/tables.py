"""Tables of numbers: as coloured cells, and as boxes, one for each expression."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure

from mien.plots import style
from mien.vocabulary.labels import EMOTIONS


@style.styled
def heat_map(table: pd.DataFrame, title: str, label: str, centre: float | None = None, decimals: int = 2) -> Figure:
    """Draw a table as coloured cells, each with its number.

    Args:
        table: numbers; the names of rows and columns stand on the axes.
        title: the finding.
        label: what the numbers are, with their unit.
        centre: what says nothing: lower numbers turn purple, higher ones orange; None: from light to dark blue.
        decimals: of the numbers in the cells.
    """
    rows, columns = table.shape
    slanted = columns * max(len(str(name)) for name in table.columns) > 50  # else the names stand side by side
    height = 1.7 + 0.4 * rows + 0.9 * slanted
    figure, axes = style.figure(title, width=max(style.WIDTH, 3 + 0.5 * columns), height=height)
    look = {"cmap": "Blues"}
    if centre is not None:
        reach = np.nanmax(abs(table - centre))
        look = {"cmap": "PuOr_r", "vmin": centre - reach, "vmax": centre + reach}
    seaborn.heatmap(
        table, annot=True, fmt=f".{decimals}f", annot_kws={"size": 10}, linewidths=0.5, cbar_kws={"label": label},
        ax=axes[0, 0], **look,
    )  # fmt: skip
    axes[0, 0].tick_params(length=0)
    axes[0, 0].tick_params("x", rotation=45 * slanted, labelrotation_mode="xtick")
    axes[0, 0].tick_params("y", rotation=0)
    return figure


@style.styled
def boxes(values: np.ndarray, emotion: np.ndarray, names: Sequence[str], title: str, label: str) -> Figure:
    """Draw how some numbers are spread in each expression: quartiles, and whiskers as far as 1.5 times their range.

    Args:
        values: (face, number), all in one unit.
        emotion: (face,) codes of the seven expressions.
        names: of the numbers, one panel each.
        title: the finding.
        label: what the numbers measure, with their unit.
    """
    rows = -(-len(names) // 2)
    figure, axes = style.figure(title, rows, 2, height=1.2 + 1.9 * rows, sharex=True, sharey=True)
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)
        axes[-2, 1].tick_params("x", labelbottom=True)  # the lowest that is seen
    for ax, column, name in zip(axes.flat, values.T, names, strict=False):
        by_expression = [column[emotion == code] for code in range(len(EMOTIONS))]
        drawn = ax.boxplot(
            by_expression, orientation="horizontal", positions=range(len(EMOTIONS)), widths=0.7, patch_artist=True,
            showfliers=False, manage_ticks=False, medianprops={"color": style.INK, "linewidth": 2},
        )  # fmt: skip
        for box, expression in zip(drawn["boxes"], EMOTIONS, strict=True):
            box.set(facecolor=style.colour_of(expression), edgecolor=style.INK)
        ax.set_title(name)
    axes[0, 0].set_yticks(range(len(EMOTIONS)), EMOTIONS)  # of all panels, since they share it
    axes[0, 0].set_ylim(len(EMOTIONS) - 0.5, -0.5)
    figure.supxlabel(label, fontsize=12, color=style.INK)
    return figure
