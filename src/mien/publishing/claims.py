"""What a published run has found, in sentences: estimates and their 95 % intervals, read from its metrics."""

from pathlib import Path

from scipy.stats import binomtest

from mien.engine import store
from mien.evaluation.findings import FEW
from mien.publishing import scores

Interval = tuple[float, float]

SOURCES = {"bioid": "BioID", "ytf": "YouTube Faces"}
"""The sources of keypoints, by the names that people know."""


def listed(folder: Path) -> str:
    """The claims that the metrics of a published run support, as a list in Markdown."""
    claims = (pixels(folder), landmarks(folder), copies(folder), happy(folder), keypoints(folder))
    return "".join(f"- {claim}\n" for claim in claims if claim)


def headline(folder: Path) -> str:
    """How often the best model of seven expressions is right that sees pixels alone, and that sees landmarks alone."""
    best = {family: row for family in ("pixels", "landmarks") if (row := _best(folder, family))}
    told = [f"{row.test['all']['accuracy']:.1%} from {family}" for family, row in best.items()]
    return f"Seven expressions: right on {' and '.join(told)}" if told else "No model of seven expressions"


def pixels(folder: Path) -> str:
    """How often the best model of pixels alone is right."""
    if not (row := _best(folder, "pixels")):
        return ""
    return (
        f"**Pixels.** {_shares(row)} of {row.test['all']['n']:,} test faces are right by the best model ({row.name})."
    )


def landmarks(folder: Path) -> str:
    """How often the best model of landmarks is right, beside the best of pixels."""
    row, other = _best(folder, "landmarks"), _best(folder, "pixels")
    if not row:
        return ""
    beside = ""
    if other:
        own, its = (best.test["all"]["accuracy_ci95"] for best in (row, other))
        more = "fewer" if row.test["all"]["accuracy"] < other.test["all"]["accuracy"] else "more"
        beside = f": {more} than by pixels" if apart(own, its) else ": their intervals and those of pixels overlap"
    return f"**Landmarks.** {_shares(row)} are right without a single pixel ({row.name}){beside}."


def copies(folder: Path) -> str:
    """What near-duplicates of training faces are worth: the best model on them, and on the other test faces."""
    rows = scores.scored(folder / "metrics", "emotion7")
    if not rows or rows[0].test["clean"]["n"] in (0, rows[0].test["all"]["n"]):
        return ""
    every, unseen = (rows[0].test[view] for view in ("all", "clean"))
    n, right = (round(of(every) - of(unseen)) for of in (lambda view: view["n"], _right))
    ends = wilson(right, n)
    verdict = "" if apart(ends, unseen["accuracy_ci95"]) else "; the intervals overlap"
    falls = sum(row.test["clean"]["accuracy"] < row.test["all"]["accuracy"] for row in rows)
    return (
        f"**Copies.** Of the {n:,} test faces with a near-duplicate in training or validation the best model tells "
        f"{_share(right / n, ends)}, of the others {_share(unseen['accuracy'], unseen['accuracy_ci95'])}{verdict}. "
        f"Without them {falls} of {len(rows)} models score lower."
    )


def happy(folder: Path) -> str:
    """The best F1 of `happy` against the rest."""
    rows = scores.scored(folder / "metrics", "happy")
    if not rows:
        return ""
    best = max(rows, key=lambda row: row.test["all"]["per_class"]["happy"]["f1"])
    (_, false), (missed, found) = best.test["all"]["confusion"]
    ends = f1_interval(found, false + missed)
    f1 = best.test["all"]["per_class"]["happy"]["f1"]
    return f"**Happy or not.** The F1 of the best model ({best.name}) is {f1:.3f} ({ends[0]:.3f}–{ends[1]:.3f})."


def keypoints(folder: Path) -> str:
    """How far off the fifteen keypoints are: from sources that teach, and from each that is left out."""
    own = folder / "metrics" / "keypoint_resnet-keypoints15.json"
    if not own.exists():
        return ""
    left_out = [store.open_json(file) for file in sorted(own.parent.glob("keypoint_resnet_without_*-keypoints15.json"))]
    without = [
        f"{_pixels(scores['test']['all'])} on {SOURCES.get(scores['left_out'], scores['left_out'])}"
        for scores in left_out
    ]
    beside = f"; {' and '.join(without)}, where that source is left out of training" if without else ""
    error = _pixels(store.open_json(own)["test"]["all"])
    return f"**Keypoints.** Their RMSE is {error} pixels at 96x96 on people who are not in training{beside}."


def apart(one: Interval, other: Interval) -> bool:
    """Whether two intervals have nothing in common; where they have, a difference may be chance, or may not."""
    return one[1] < other[0] or other[1] < one[0]


def wilson(right: int, n: int) -> Interval:
    """The 95 % interval of a share, `right` of `n` that do not hang together (Wilson, 1927)."""
    return tuple(binomtest(right, n).proportion_ci(method="wilson"))


def f1_interval(found: int, wrong: int) -> Interval:
    """The 95 % interval of an F1 score.

    With J = TP / (TP + FP + FN), a share, F1 = 2 J / (1 + J), which rises with J: its ends are those of Wilson's
    interval of J.

    Args:
        found: true positives.
        wrong: false positives and false negatives.
    """
    low, high = (2 * share / (1 + share) for share in wilson(found, found + wrong))
    return low, high


def _best(folder: Path, family: str) -> scores.Scored | None:
    return next((row for row in scores.scored(folder / "metrics", "emotion7") if row.family == family), None)


def _right(view: dict) -> float:
    return view["n"] * view["accuracy"]


def _shares(row: scores.Scored) -> str:
    return _share(row.test["all"]["accuracy"], row.test["all"]["accuracy_ci95"])


def _share(value: float, ends: Interval) -> str:
    return f"{value:.1%} ({ends[0]:.1%}–{ends[1]:.1%})"


def _pixels(view: dict) -> str:
    if view["groups"] < FEW:
        return f"{view['rmse_px']:.2f} (of {view['groups']} groups: too few for an interval)"
    return scores.interval(view, "rmse_px", 2)
