"""What a model gets right and wrong, and how sure it is."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from sklearn.metrics import average_precision_score, precision_recall_curve

from mien.plots import style

RANKED = {
    "all": ("all test faces", "#0072B2", "o"),
    "clean": ("unseen: without near-duplicates of training faces", "#E69F00", "s"),
}
"""The views that `ranking` draws: view -> its name for people, colour and marker."""


@style.styled
def confusion(matrix: np.ndarray, classes: Sequence[str], title: str, unit: str = "faces") -> Figure:
    """Draw a confusion matrix twice: as counts, and as percentages of each true class.

    Args:
        matrix: (k, k) counts, rows are the truth.
        classes: k names.
        title: the finding.
        unit: what is counted.
    """
    matrix = np.asarray(matrix)
    percent = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = max(2.4, 0.48 * len(classes))
    figure, axes = style.figure(title, 1, 2, width=2 * side + 1.4, height=side + 1.65, sharey=True)
    for ax, values, name in zip(axes.flat, (matrix, percent), (unit, "% of the true class"), strict=True):
        seaborn.heatmap(
            percent, annot=values, fmt=".0f", annot_kws={"size": 11}, vmin=0, vmax=100, cmap="Blues", square=True,
            cbar=False, linewidths=0.5, xticklabels=classes, yticklabels=classes, ax=ax,
        )  # fmt: skip
        ax.set(title=name, xlabel="predicted")
        ax.tick_params(length=0)
        ax.tick_params("x", rotation=45, labelrotation_mode="xtick")
        ax.tick_params("y", rotation=0)
    axes[0, 0].set_ylabel("true")
    return figure


@style.styled
def precision_recall(truth: np.ndarray, probabilities: np.ndarray, classes: Sequence[str], title: str) -> Figure:
    """Draw precision over recall, each class against the rest; of two classes only the last, with its base rate.

    Args:
        truth: (n,) class indices; a class that does not occur has no curve.
        probabilities: (n, k).
        classes: k names; the number in the legend is the average precision.
        title: the finding.
    """
    figure, axes = style.figure(title, width=6.3, height=4.6)
    ax = axes[0, 0]
    shown = [1] if len(classes) == 2 else range(len(classes))
    for code in (code for code in shown if (truth == code).any()):
        precision, recall, _ = precision_recall_curve(truth == code, probabilities[:, code])
        area = average_precision_score(truth == code, probabilities[:, code])
        label = f"{classes[code]} {area:.2f}"
        ax.step(recall, precision, where="post", color=style.colours_of(classes)[code], label=label)
    if len(classes) == 2:
        rate = np.mean(truth == 1)
        ax.axhline(rate, color=style.INK, linestyle=":", label=f"base rate {rate:.2f}")
    ax.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision", aspect="equal")
    ax.legend(title="average precision", loc="center left", bbox_to_anchor=(1, 0.5), alignment="left")
    return figure


@style.styled
def reliability(bins: dict[str, np.ndarray], ece: float, title: str) -> Figure:
    """Draw accuracy over confidence, and below it how many faces there are at each confidence.

    Args:
        bins: `confidence`, `accuracy` and `share`, as `evaluation.calibration.reliability` gives them.
        ece: expected calibration error in [0, 1].
        title: the finding.
    """
    figure, axes = style.figure(title, 2, 1, width=5, height=5.6, sharex=True, height_ratios=(3, 1))
    above, below = axes.flat
    width = 1 / len(bins["share"])
    centre = width * (np.arange(len(bins["share"])) + 0.5)
    above.bar(centre, bins["accuracy"], width, color="#56B4E9", edgecolor="white", label="accuracy")
    above.plot([0, 1], [0, 1], color=style.INK, linestyle=":", label="perfect calibration")
    above.plot(bins["confidence"], bins["accuracy"], "o", color="#0072B2", label=f"mean of a bin; ECE {ece:.3f}")
    above.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    below.bar(centre, bins["share"], width, color=style.OTHER_COLOUR, edgecolor="white")
    below.set(xlabel="confidence (top probability)", ylabel="share of faces")
    below.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


@style.styled
def ranking(rows: pd.DataFrame, title: str) -> Figure:
    """Draw the accuracy of models with its interval, on all faces and on unseen ones, one panel a family.

    Args:
        rows: in the order to be drawn, from top to bottom: `family`, `model`, and of each view in `RANKED` a column of
            its name, a share in [0, 1], and `<view>_low` and `<view>_high`.
        title: the finding.
    """
    families = rows.groupby("family", sort=False)
    counts = families.size().tolist()
    figure, axes = style.figure(
        title, len(counts), 1, width=9, height=1.5 + 0.34 * len(rows) + 0.36 * len(counts), sharex=True,
        height_ratios=[count + 0.4 for count in counts],
    )  # fmt: skip
    for ax, (family, models) in zip(axes.flat, families, strict=True):
        place = np.arange(len(models))
        for (view, (name, colour, marker)), shift in zip(RANKED.items(), (-0.14, 0.14), strict=True):
            ends = abs(models[[f"{view}_low", f"{view}_high"]].T.to_numpy() - models[view].to_numpy())
            ax.errorbar(
                models[view],
                place + shift,
                xerr=ends,
                fmt=marker,
                markersize=6,
                color=colour,
                linewidth=1.8,
                label=name,
            )
        for y, (x, share) in enumerate(zip(models["all_high"], models["all"], strict=True)):
            ax.annotate(f"{share:.1%}", (x, y - 0.14), (6, 0), textcoords="offset points", va="center", fontsize=10)
        ax.set_yticks(place, models["model"])
        ax.set_ylim(len(models) - 0.4, -0.6)
        ax.set_title(family, fontweight="bold")
        ax.grid(axis="x", color="#DDDDDD")
        ax.set_axisbelow(True)
        ax.tick_params("y", length=0)
    axes[-1, 0].set_xlabel("share of test faces that are right, 95 % interval", loc="right")
    axes[-1, 0].margins(x=0.1)  # room for the numbers
    axes[-1, 0].xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes[-1, 0].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(RANKED))
    return figure


@style.styled
def by_class(table: pd.DataFrame, title: str, label: str) -> Figure:
    """Draw one number per class and model, as points on one line for each class.

    Args:
        table: one row a class, one column a model, at most three; the last is drawn strongest.
        title: the finding.
        label: of the number, with its unit.
    """
    figure, axes = style.figure(title, height=1.6 + 0.36 * len(table))
    ax = axes[0, 0]
    place = np.arange(len(table))
    ax.hlines(place, table.min(axis=1), table.max(axis=1), color="#dddddd", linewidth=3, zorder=0)
    looks = (("#E69F00", "s"), ("#56B4E9", "^"), ("#0072B2", "o"))[-table.shape[1] :]
    for name, (colour, marker) in zip(table, looks, strict=True):
        ax.plot(table[name], place, marker, color=colour, label=name, markersize=8)
    ax.set_yticks(place, table.index)
    ax.set(xlabel=label, ylim=(len(table) - 0.5, -0.5))
    ax.legend(ncols=table.shape[1], loc="lower left", bbox_to_anchor=(0, 1))
    return figure
