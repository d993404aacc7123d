"""Sentences that an estimate and its interval support."""

from collections.abc import Mapping
from typing import Any

FEW = 10
"""Fewer groups support no claim: over a handful a bootstrap gives intervals that are too narrow, over one of no width
(Cameron, Gelbach & Miller, 2008, "Bootstrap-based improvements for inference with clustered errors")."""


def interval(scores: Mapping[str, Any], measure: str, form: str = ".1%") -> str:
    """The interval of a score in words, or why there is none.

    Args:
        scores: `<measure>_ci95`, [low, high], and over how many `groups` it was drawn, as `metrics.score` gives them.
        measure: e.g. "accuracy".
        form: how a number is written.
    """
    if scores["groups"] < FEW:
        return f"{_groups(scores)}: too few for an interval"
    low, high = scores[f"{measure}_ci95"]
    return f"95 % interval {low:{form}} to {high:{form}}"


def difference(what: str, of: str, change: Mapping[str, Any]) -> str:
    """How two models differ, in which direction, and whether that is more than chance would do.

    Args:
        what: the second, as it begins a sentence, e.g. "With lines".
        of: what is counted, e.g. "faces are right".
        change: the accuracy of the second above that of the first, as `metrics.gain` gives it.
    """
    gain, (low, high) = change["gain"], change["gain_ci95"]
    sign = "more" if gain > 0 else "fewer" if gain < 0 else "as many"
    ends = f"95 % interval {100 * low:+.1f} to {100 * high:+.1f}"
    by = f"{100 * gain:+.1f} points" + (f", {ends}" if change["groups"] >= FEW else "")
    return f"{what}, {sign} {of} ({by}): {verdict(change)}"


def verdict(change: Mapping[str, Any]) -> str:
    """Whether a difference is more than chance: its interval leaves out none, and is of more than a few groups."""
    low, high = change["gain_ci95"]
    if change["groups"] < FEW:
        return f"{_groups(change)}, too few for any claim"
    return "no difference that chance would not make" if low <= 0 <= high else "more than chance would do"


def balance(counts: Mapping[str, int]) -> str:
    """How unequally frequent classes are; those that no face shows are left out."""
    there = {name: n for name, n in counts.items() if n}
    rare, common = min(there, key=there.get), max(there, key=there.get)
    if len(there) == 1:
        return f"all are {common}"
    if there[rare] == there[common]:
        return f"all {len(there)} are equally frequent"
    return f"{common} is {there[common] / there[rare]:.1f} times as frequent as {rare}"


def _groups(of: Mapping[str, Any]) -> str:
    n = of["groups"]
    return f"{n} group{'s' if n != 1 else ''}"
