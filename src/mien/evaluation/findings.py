"""Sentences that an estimate and its interval support."""

from collections.abc import Sequence


def difference(what: str, of: str, estimate: float, interval: Sequence[float]) -> str:
    """How two models differ, and whether that is more than chance would do.

    Args:
        what: the first, as it begins a sentence, e.g. "With lines".
        of: what differs, and from what, e.g. "more faces are right than without".
        estimate: share by which the first is above the second.
        interval: its lower and upper end.
    """
    low, high = interval
    by = f"{100 * estimate:+.1f} points, 95 % interval {100 * low:+.1f} to {100 * high:+.1f}"
    return f"{what}, {of} ({by}): {verdict(interval)}"


def verdict(interval: Sequence[float]) -> str:
    """Whether a difference is more than chance: its interval leaves out none."""
    low, high = interval
    return "no difference that chance would not make" if low <= 0 <= high else "more than chance would do"
