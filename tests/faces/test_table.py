import numpy as np

from mien.faces.table import as_faces, counted
from mien.vocabulary.labels import EMOTIONS, UNKNOWN


def made(emotion, split):
    return as_faces(np.zeros((len(split), 2, 2)), emotion, split, [""] * len(split), "made")


def test_faces_are_counted_by_expression_and_split():
    counts = counted(made([0, 3, 3, 6], ["test", "train", "train", "test"]))
    assert counts.index.tolist() == list(EMOTIONS)
    assert counts.columns.tolist() == ["train", "test"]  # in this order
    assert counts["train"].tolist() == [0, 0, 0, 2, 0, 0, 0]
    assert counts["test"].tolist() == [1, 0, 0, 0, 0, 0, 1]


def test_what_is_unknown_is_counted_too():
    counts = counted(made([UNKNOWN, 3, UNKNOWN], ["", "train", ""]))
    assert counts.loc["unknown"].to_dict() == {"train": 0, "none yet": 2}
    assert counts.to_numpy().sum() == 3
