"""From raw data to scores: a few faces in columns, the stages in rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from mien.plots import saliency, style
from mien.plots.landmarks import Lines

LONGER, SHORTER = "#D55E00", "#0072B2"
"""Distances beside those of other faces (Okabe & Ito, 2008)."""

LABEL, COLUMN, ROW = 2.4, 1.22, 1.26
"""Inches: the width of what stands beside a row and of a column, the height of a row."""


@dataclass(frozen=True)
class Face:
    """A face on its way from raw data to a score.

    Attributes:
        expression: what it shows, as its column is headed.
        raw: the lines of it in the file of raw data.
        image: (height, width) uint8.
        mesh: (478, 2) points in pixels of the image.
        points: (68, 2) likewise.
        pairs: (k, 2) of those 68, whose distances stand out.
        deviations: (k,) how far each is from other faces' mean, in their standard deviations.
        heat: (height, width) evidence for the answer, at least 0.
        answer: the most probable class.
        probability: of the answer.
        answers: (class,) shares of what test faces of the expression were taken for.
        interval: of the share that was right.
    """

    expression: str
    raw: Sequence[str]
    image: np.ndarray
    mesh: np.ndarray
    points: np.ndarray
    pairs: np.ndarray
    deviations: np.ndarray
    heat: np.ndarray
    answer: str
    probability: float
    answers: np.ndarray
    interval: tuple[float, float]


@style.styled
def flow(
    faces: Sequence[Face], stages: Mapping[str, str], classes: Sequence[str], edges: np.ndarray, lines: Lines
) -> Figure:
    """Draw faces in columns from stage to stage: raw, faces, landmarks, features, models, evaluation.

    Args:
        faces: one a column.
        stages: the six, and what is seen of each, in a few lines.
        classes: names of the answers.
        edges: (edge, 2) of the mesh.
        lines: the 68 points as lines, `topology.DLIB_LINES`.
    """
    figure = style.DisplayedFigure(figsize=(LABEL + COLUMN * len(faces), ROW * (len(stages) + 0.36)))
    grid = figure.add_gridspec(
        len(stages), len(faces) + 1, width_ratios=[LABEL / COLUMN, *[1] * len(faces)], left=0.012, right=0.992,
        top=0.945, bottom=0.022, wspace=0.05, hspace=0.06,
    )  # fmt: skip
    draws = (_raw, _face, _landmarks(edges, lines), _features(lines), _heat, _answers(classes))
    for row, ((stage, what), draw) in enumerate(zip(stages.items(), draws, strict=True)):
        _label(figure.add_subplot(grid[row, 0]), stage, what, last=row == len(stages) - 1)
        for column, face in enumerate(faces):
            ax = style.empty(figure.add_subplot(grid[row, column + 1]))
            draw(ax, face)
            if not row:
                ax.set_title(face.expression, loc="center", color=style.colour_of(face.expression), fontweight="bold")
    return figure


def _label(ax: Axes, stage: str, what: str, last: bool) -> None:
    """The stage, what is seen of it, and an arrow to the next."""
    style.empty(ax).set(xlim=(0, 1), ylim=(0, 1))
    ax.patch.set_visible(False)  # it would hide the arrow's end
    ax.text(0.1, 0.8, stage, fontsize=16, fontweight="bold", color=style.INK, va="center")
    ax.text(0.1, 0.65, what, fontsize=10.5, color=style.INK, va="top", linespacing=1.2)
    if not last:
        look = {"arrowstyle": "-|>", "mutation_scale": 13, "color": style.OTHER_COLOUR, "linewidth": 1.6}
        ax.add_patch(FancyArrowPatch((0.03, 0.72), (0.03, -0.14), clip_on=False, **look))
    ax.plot(0.03, 0.8, "o", color=style.INK, markersize=7)


def _raw(ax: Axes, face: Face) -> None:
    ax.set(facecolor="#F3F3F3", xlim=(0, 1), ylim=(0, 1))
    ax.text(
        0.5, 0.5, "\n".join(face.raw), family="monospace", fontsize=8.2, color=style.INK, ha="center", va="center",
        linespacing=1.35,
    )  # fmt: skip


def _face(ax: Axes, face: Face, interpolation: str = "nearest") -> None:
    ax.imshow(face.image, cmap="gray", vmin=0, vmax=255, interpolation=interpolation)
    _frame(ax, face)


def _frame(ax: Axes, face: Face) -> None:
    height, width = face.image.shape
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")  # points may lie outside


def _landmarks(edges: np.ndarray, lines: Lines):
    def draw(ax: Axes, face: Face) -> None:
        _face(ax, face, "bicubic")
        ax.add_collection(LineCollection(face.mesh[edges], colors="white", linewidths=0.35, alpha=0.55))
        for line in lines:
            ax.plot(*face.points[list(line)].T, color="#56B4E9", linewidth=1.1)
        ax.plot(*face.points.T, "o", color="white", markersize=1.7, markeredgecolor="#0072B2", markeredgewidth=0.5)

    return draw


def _features(lines: Lines):
    def draw(ax: Axes, face: Face) -> None:
        _frame(ax, face)
        ax.set_facecolor("#F3F3F3")
        strength = abs(face.deviations) / abs(face.deviations).max()
        colours = np.where(face.deviations > 0, LONGER, SHORTER)
        ax.add_collection(LineCollection(face.points[face.pairs], colors=colours, linewidths=0.4 + 1.4 * strength))
        for line in lines:
            ax.plot(*face.points[list(line)].T, color=style.INK, linewidth=0.9)

    return draw


def _heat(ax: Axes, face: Face) -> None:
    _face(ax, face, "bicubic")
    ax.imshow(face.heat, cmap=saliency.heat(), interpolation="bicubic")
    box = {"facecolor": style.colour_of(face.answer), "edgecolor": "none", "boxstyle": "round,pad=0.25"}
    said = f"{face.answer} {face.probability:.0%}"
    look = {"ha": "center", "va": "bottom", "color": "white", "fontsize": 10, "fontweight": "bold", "bbox": box}
    ax.text(0.5, 0.02, said, transform=ax.transAxes, **look)


def _answers(classes: Sequence[str]):
    def draw(ax: Axes, face: Face) -> None:
        own, shares = list(classes).index(face.expression), face.answers
        ax.barh(classes, shares, color=style.colours_of(classes), height=0.84)
        ax.set(xlim=(0, 1), ylim=(len(classes) + 0.7, -0.8))
        ax.axvline(0, (1.3 / (len(classes) + 1.5)), color=style.INK, linewidth=0.8)
        look = {"va": "center_baseline", "fontsize": 9}
        ax.text(shares[own] - 0.02, own, f"{shares[own]:.0%}", ha="right", color="white", fontweight="bold", **look)
        other = max((code for code in range(len(classes)) if code != own), key=shares.__getitem__)
        ax.text(shares[other] + 0.03, other, f"{classes[other]} {shares[other]:.0%}", color=style.INK, **look)
        low, high = face.interval
        ax.text(0.5, len(classes) + 0.1, f"{low:.0%}–{high:.0%} right", ha="center", color=style.INK, **look)

    return draw
