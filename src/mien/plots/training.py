"""How training went."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator

from mien.plots import scores, style, tables

TRAIN, VALIDATION = "#0072B2", "#D55E00"

FEW = 10
"""Fewer epochs than these are marked: a line through one of them is none."""


def recorded(record: Mapping[str, Any]) -> dict[str, Figure]:
    """Draw what the record of a training has for people, so that a new style needs no new training.

    Args:
        record: of a model: `history`, `best_epoch`; `search`, a `title` and the `accuracy` of gamma -> C; `compared`,
            a `title` and the `f1` of model -> class; or some of these.

    Returns:
        `curves`, `search` and `compared`, as far as there are any.
    """
    figures = {}
    if "history" in record:
        best = record["best_epoch"]
        title = f"Validation is best after {best + 1} of {len(record['history']['loss'])} epochs"
        figures["curves"] = curves(record["history"], best, title)
    if "search" in record:
        grid = pd.DataFrame(record["search"]["accuracy"]).rename_axis(index="C", columns="gamma")
        figures["search"] = tables.heat_map(grid, record["search"]["title"], "validation accuracy", decimals=3)
    if "compared" in record:
        f1 = pd.DataFrame(record["compared"]["f1"])
        figures["compared"] = scores.by_class(f1, record["compared"]["title"], "F1 on validation faces")
    return figures


@style.styled
def curves(history: dict[str, list[float]], best_epoch: int, title: str) -> Figure:
    """Draw every quantity that was measured on training or validation faces, epoch by epoch, from 1.

    Args:
        history: Keras' `History.history`: a list for `loss`, `val_loss`, `accuracy`, `val_accuracy`, … or some of them.
        best_epoch: place of the chosen epoch in these lists, 0 for the first.
        title: the finding.
    """
    names = [*dict.fromkeys(name.removeprefix("val_") for name in history if name != "learning_rate")]
    figure, axes = style.figure(title, 1, len(names), height=3.8)
    for ax, name in zip(axes.flat, names, strict=True):
        of = {"train": history.get(name), "validation": history.get(f"val_{name}")}
        of = {faces: values for faces, values in of.items() if values is not None}
        for faces, values in of.items():
            colour, line = {"train": (TRAIN, "--"), "validation": (VALIDATION, "-")}[faces]
            mark = "." if len(values) < FEW else ""
            ax.plot(np.arange(1, len(values) + 1), values, color=colour, linestyle=line, marker=mark, label=faces)
        *_, (faces, values) = of.items()  # validation, where there is any
        best = values[best_epoch]
        ax.plot(best_epoch + 1, best, "o", color=VALIDATION, label="chosen")
        ax.set_title(f"epoch {best_epoch + 1}: {best:.3f}", color=VALIDATION if faces == "validation" else TRAIN)
        ax.set(xlabel="epoch", ylabel=name)
        if 0 < 10 * min(values) < max(values):
            ax.set_yscale("log")  # so deep a fall would hide all that follows
            ax.yaxis.set(major_formatter=LogFormatter(), minor_formatter=LogFormatter(labelOnlyBase=False))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.set_xlim(0.7, len(values) + 0.3)
    shown = {}
    for ax in axes.flat:
        handles, names = ax.get_legend_handles_labels()
        shown |= dict(zip(names, handles, strict=True))
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=3)
    return figure
