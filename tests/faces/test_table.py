import numpy as np
import pytest

from mien.faces.table import as_faces, counted, expression_code
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


@pytest.mark.parametrize("label", ["3", "3.0", "3,0", " 3", "Happiness"])
def test_a_label_is_a_number_as_spreadsheets_write_it_or_a_name(label):
    assert expression_code(label, "fer2013") == EMOTIONS.index("happy")


def test_a_number_that_means_none_of_the_seven_is_unknown_and_one_that_means_nothing_refused():
    assert expression_code("7", "affectnet") == UNKNOWN
    with pytest.raises(ValueError, match=r"unknown code 8: code_map='affectnet' expects 0 neutral, .*7 contempt"):
        expression_code("8", "affectnet")
    with pytest.raises(ValueError, match=r"the label is a number.*code_map"):
        expression_code("1", "")


def test_a_number_may_be_called_a_class_as_affectnet_s_are():
    assert expression_code("class003", "affectnet") == expression_code("3", "affectnet")
