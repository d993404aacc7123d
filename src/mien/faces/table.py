"""What every source shares: the faces dataset, and what a raw label means."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from mien.engine.names import written
from mien.vocabulary import labels

TEXT = np.dtypes.StringDType()
"""Variable-length strings: fixed-width unicode has no Zarr 3 specification."""


def as_faces(
    image: np.ndarray, emotion: Sequence[int], split: Sequence[str], id: Sequence[str], source: str
) -> xr.Dataset:
    """Put what a source holds into the one form that everything downstream reads.

    Args:
        image: (n, height, width) uint8 grey levels.
        emotion: n codes of `labels.EMOTIONS`, or `labels.UNKNOWN`.
        split: n names of `labels.SPLITS`, or "" where the source says none.
        id: n names, as the source gives them, see `names.written`.
        source: the source's name.

    Returns:
        Variable `image` (face, y, x); along `face` the coordinates `id`, `emotion` (int8), `split`, `group` (int64,
        each face its own until `duplicates.near_duplicates` says more) and `source`.
    """
    along_face = {
        "id": np.array([written(name) for name in id], TEXT),
        "emotion": np.array(emotion, np.int8),
        "split": np.array(split, TEXT),
        "group": np.arange(len(image), dtype=np.int64),
        "source": np.full(len(image), written(source), TEXT),
    }
    coords = {name: ("face", values) for name, values in along_face.items()}
    return xr.Dataset({"image": (("face", "y", "x"), np.asarray(image, np.uint8))}, coords)


def measured(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """(face,) bool, the faces of which every number of every array (face, ...) is there."""
    return np.all([np.isfinite(v).all(axis=tuple(range(1, v.ndim))) for v in values.values()], axis=0)


def counted(faces: xr.Dataset) -> pd.DataFrame:
    """Count faces: a row for each of the seven expressions, and `unknown` if any is; a column for each split."""
    emotion = np.array([*labels.EMOTIONS, "unknown"])[faces["emotion"].values]  # the last for code -1
    split = np.where(faces["split"].values == "", "none yet", faces["split"].values.astype(object))
    counts = pd.crosstab(emotion, split, rownames=["expression"], colnames=["split"])
    rows = [*labels.EMOTIONS, *counts.index.difference(labels.EMOTIONS)]
    return counts.reindex(rows, fill_value=0)[[name for name in (*labels.SPLITS, "none yet") if name in counts]]


_CLASS = re.compile(r"^\s*class[ _-]*(?=[0-9])", re.IGNORECASE)  # AffectNet's folders are class001 to class008


def expression_code(label: str, code_map: str) -> int:
    """The code in `labels.EMOTIONS` of a label as it stands in a raw file: a name, or the source's own number.

    Args:
        label: e.g. `"3"`, `"3.0"` or `"3,0"` (as spreadsheets write it), or `"Happiness"`.
        code_map: what the numbers mean, see `labels.code_map`; "" where nobody has said.

    Returns:
        The code; `labels.UNKNOWN` for a number that means none of the seven, such as contempt.

    Raises:
        ValueError: the name is none of the seven, or the map does not have the number, or there is no map.
    """
    try:
        number = float(_CLASS.sub("", label).replace(",", "."))
    except ValueError:  # not a number, so a name
        return labels.code_of(label)
    if not code_map:
        raise ValueError(
            "the label is a number, and sets number expressions in different orders: set code_map (in a profile, "
            f"`dataset: {{name: …, code_map: …}}`) to {labels.code_maps()}"
        )
    names = labels.code_map(code_map)
    if number not in names:
        raise ValueError(
            f"unknown code {label}: code_map={code_map!r} expects {labels.numbered(names)}; if the expressions are "
            f"numbered otherwise, set code_map to {labels.code_maps()}"
        )
    return int(labels.codes_of([number], names)[0])
