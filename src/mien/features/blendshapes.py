"""What MediaPipe's 52 blendshapes, scores of single movements of a face, say of its expression."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from mien.vocabulary.labels import EMOTIONS
from mien.vocabulary.topology import BLENDSHAPES


def separation(blendshape: np.ndarray, emotion: np.ndarray) -> pd.DataFrame:
    """How well each blendshape alone tells each expression from the rest: the area under its ROC curve.

    That is the chance that a face of the expression has a higher score than another face, ties counted half (Hanley &
    McNeil, 1982): 0.5 tells nothing; below 0.5, a low score tells.

    Args:
        blendshape: (face, 52), no NaN.
        emotion: (face,) codes of the seven expressions.

    Returns:
        One row an expression, one column a blendshape; NaN for an expression that no face or every face shows.
    """
    ranks = rankdata(blendshape, axis=0)  # (face, 52) from 1, ties share their mean
    shown = emotion == np.arange(len(EMOTIONS))[:, None]  # (expression, face)
    n = np.where(shown.any(axis=1) & ~shown.all(axis=1), shown.sum(axis=1), np.nan)[:, None]
    wins = shown @ ranks - n * (n + 1) / 2  # over how many faces of the rest, summed; Mann-Whitney's U
    return pd.DataFrame(wins / (n * (len(emotion) - n)), EMOTIONS, BLENDSHAPES)


def mirror() -> np.ndarray:
    """Entry i is the blendshape that takes place i when the picture is mirrored: left and right change sides."""
    other = {"Left": "Right", "Right": "Left"}
    swapped = [next((n.removesuffix(a) + b for a, b in other.items() if n.endswith(a)), n) for n in BLENDSHAPES]
    return np.array([BLENDSHAPES.index(name) for name in swapped])
