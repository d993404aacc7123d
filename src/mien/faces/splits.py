"""Who teaches, who validates, who tests; and who among them has been seen before."""

import warnings
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

import numpy as np
import xarray as xr
from sklearn.model_selection import StratifiedGroupKFold

from mien.faces.table import TEXT
from mien.vocabulary import labels

LEFT_OUT = "left out"
"""Beside train, validation and test: faces of a source that neither teaches nor chooses."""


def assign_splits(
    faces: xr.Dataset, fractions: tuple[float, float, float] = (0.8, 0.1, 0.1), seed: int = 0
) -> xr.Dataset:
    """Give a split to the faces that have none, stratified by expression; a group stays on one side.

    A face that has a split keeps it, and the rest of its group follows it. Where every face has one, and validation or
    test has no face, it is cut from train; a warning says so.

    Args:
        faces: with `split`, `group` and `emotion`.
        fractions: of train, validation and test among the faces without a split. Each of the last two is cut as some
            of k equal folds, see `_share`.
        seed: of the shuffle.

    Raises:
        ValueError: the fractions are not three, are negative or do not sum to 1.
    """
    if len(fractions) != 3 or min(fractions) < 0 or not np.isclose(sum(fractions), 1):
        raise ValueError(f"fractions of train, validation and test are {fractions}: expected three that sum to 1")
    emotion, group = faces["emotion"].values, faces["group"].values
    split = faces["split"].values.astype(object)
    for name in labels.SPLITS:  # a group that stands on several sides already follows the first of them
        split[(split == "") & np.isin(group, group[faces["split"].values == name])] = name
    if "train" in split and "" not in faces["split"].values:
        fractions = _for_those_missing(split, group, fractions)
    rest = np.flatnonzero(split == "")
    for i, name in ((2, "test"), (1, "validation")):
        fraction = fractions[i] and fractions[i] / sum(fractions[: i + 1])  # of what is left
        chosen = _part(emotion[rest], group[rest], fraction, seed)
        split[rest[chosen]] = name
        rest = np.delete(rest, chosen)
    split[rest] = "train"
    return faces.assign_coords(split=("face", split.astype(TEXT)))


def complete(faces: xr.Dataset) -> bool:
    """Whether each face has a split and each split a face, so that `assign_splits` has nothing to do."""
    return set(faces["split"].values.tolist()) == set(labels.SPLITS)


def _for_those_missing(split: np.ndarray, group: np.ndarray, fractions: Sequence[float]) -> list[float]:
    """Take train faces out of `split` where another has none; the fractions of train and of what is cut from it."""
    missing = [name for name in labels.SPLITS if name not in split]
    if missing:
        elsewhere = np.isin(group, group[split != "train"])  # has a copy in a split that is given
        split[(split == "train") & ~elsewhere] = ""
        warnings.warn(f"no face has the split {' or '.join(missing)}: it is cut from train, by group", stacklevel=3)
    return [fraction * (name in ("train", *missing)) for name, fraction in zip(labels.SPLITS, fractions, strict=True)]


def leave_out(split: np.ndarray, source: np.ndarray, name: str) -> np.ndarray:
    """Take the faces of a source out of every split, so that they can test what has learned from the others.

    Args:
        split, source: (face,) of text.
        name: of the source; "": none is left out.

    Returns:
        (face,) the splits, `LEFT_OUT` for those faces.

    Raises:
        ValueError: no face is of that source, or none of another one; names those that there are.
    """
    sources = sorted(set(source.tolist()))
    if name and (name not in sources or len(sources) == 1):
        raise ValueError(f"{name!r} cannot be left out of {', '.join(sources)}: expected one of several sources")
    return np.where(source == name, LEFT_OUT, split)


def check_splits(faces: xr.Dataset) -> None:
    """Refuse faces of which a split has none with a known expression.

    Args:
        faces: with `split`, `group` and `emotion`.

    Raises:
        ValueError: with the splits that have none, and how many groups there are, or that none is left to train.
    """
    known = faces["emotion"].values != labels.UNKNOWN
    there = set(faces["split"].values[known].tolist())
    if known.any() and "train" not in there:
        raise ValueError(
            f"no face teaches: all {known.sum():,} with a known expression stand in {' and '.join(sorted(there))}; add "
            "some to train, or say no split, and it is cut"
        )
    if missing := [name for name in labels.SPLITS if name not in there]:
        groups = len(np.unique(faces["group"].values[known]))
        raise ValueError(
            f"no face with a known expression is left for {' and '.join(missing)}: {known.sum():,} faces stand in "
            f"{groups:,} groups (people, or copies), of which each is on one side; expected three groups at least"
        )


def _part(emotion: np.ndarray, group: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Positions of a fraction of the faces; k is smaller where there are too few faces of an expression, or groups."""
    most = int(min(np.unique(emotion, return_counts=True)[1].max(initial=0), len(np.unique(group))))
    if fraction == 1:
        return np.arange(len(emotion))
    if fraction == 0 or most < 2:
        return np.empty(0, int)
    share = _share(fraction, most)
    folds = StratifiedGroupKFold(share.denominator, shuffle=True, random_state=seed).split(emotion, emotion, group)
    return np.sort(np.concatenate([fold for _, fold in islice(folds, share.numerator)]))


def _share(fraction: float, most: int) -> Fraction:
    """The m/k that comes nearest to a fraction between 0 and 1, and is neither.

    k is 20 at most, so that the folds of a large set take seconds, or what a fraction nearer to 0 or 1 takes; and never
    more than `most`.
    """
    parts = min(most, max(20, round(1 / min(fraction, 1 - fraction))))
    return min(max(Fraction(fraction).limit_denominator(parts), Fraction(1, parts)), Fraction(parts - 1, parts))


def unseen(faces: xr.Dataset) -> np.ndarray:
    """Which faces can be scored without having been seen: no copy of them is in an earlier split.

    Args:
        faces: with `split` and `group`.

    Returns:
        (n,) bool: False for a validation face whose group has a train face, and for a test face whose group has a
        train or a validation face.
    """
    split, group = faces["split"].values, faces["group"].values
    seen = np.zeros(len(split), bool)
    for i, name in enumerate(labels.SPLITS):
        earlier = np.isin(group, group[np.isin(split, labels.SPLITS[:i])])
        seen |= (split == name) & earlier
    return ~seen
