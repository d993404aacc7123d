"""The pipeline as a drawing."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from mien.plots import style

STAGES = ("sources", "faces", "landmarks", "features", "models", "evaluation", "use")
"""What the first digit of a notebook means."""

HALF = 0.4
"""Of the width of a box, in columns."""

COLOURS = ("#888888", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#0072B2", "#CC79A7")


@style.styled
def graph(needs: Mapping[str, Sequence[str]], title: str, marked: Collection[str] = ()) -> Figure:
    """Draw notebooks in columns, one a stage, and arrows from what each needs.

    Args:
        needs: notebook -> notebooks before it, all of them keys; its first digit says its stage.
        title: the finding.
        marked: notebooks whose boxes are dashed, and their names grey.
    """
    place = placed(needs)
    rows = max(y for _, y in place.values()) + 1
    figure, axes = style.figure(title, height=0.5 * rows + 1.2, width=2.1 * len(STAGES))
    ax = axes[0, 0]
    for name, before in needs.items():
        for need in before:
            path = Path(_bent(place[need], place[name]), [Path.MOVETO, *[Path.CURVE4] * 3])
            ax.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=9, color="#b5b5b5"))
    for name, (x, y) in place.items():
        look = {"boxstyle": "round,pad=0,rounding_size=0.06", "facecolor": "white", "edgecolor": COLOURS[x]}
        look |= {"linestyle": "--"} if name in marked else {}
        ax.add_patch(FancyBboxPatch((x - HALF, y - 0.3), 2 * HALF, 0.6, linewidth=1.6, **look))
        colour = "#666666" if name in marked else "black"
        ax.text(x, y, _in_words(name), ha="center", va="center", fontsize=9, color=colour)
    for x, (stage, colour) in enumerate(zip(STAGES, COLOURS, strict=True)):
        ax.text(x, -0.9, stage, ha="center", fontweight="bold", color=colour)
    ax.set(xlim=(-0.5, len(STAGES) - 0.5), ylim=(rows - 0.3, -1.2))
    ax.axis("off")
    return figure


def placed(needs: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, float]]:
    """Notebook -> column and row; each stands as near as may be to the mean row of what it needs."""
    columns = [sorted(name for name in needs if name.startswith(str(x))) for x in range(len(STAGES))]
    most = max(map(len, columns))
    place: dict[str, tuple[int, float]] = {}
    for x, names in enumerate(columns):
        wanted = {name: np.mean([place[n][1] for n in needs[name] if n in place] or [most / 2]) for name in names}
        top = (most - len(names)) / 2
        for row, name in enumerate(sorted(names, key=lambda name: (wanted[name], name))):
            place[name] = x, top + row
    return place


def _bent(start: tuple[int, float], end: tuple[int, float]) -> list[tuple[float, float]]:
    """The four points of a curve from one box to another; in one column it goes round on the left."""
    (x, y), (to_x, to_y) = start, end
    leaves, enters = (HALF, -HALF) if to_x > x else (-HALF, -HALF if to_x == x else HALF)
    reach = 0.22 if to_x != x else 0.1
    from_x, at = x + leaves, to_x + enters
    return [(from_x, y), (from_x + np.sign(leaves) * reach, y), (at + np.sign(enters) * reach, to_y), (at, to_y)]


def _in_words(name: str) -> str:
    """`40_train_all` -> `40 train all`."""
    return name.replace("_", " ")
