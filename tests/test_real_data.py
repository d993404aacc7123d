"""FER2013 itself, where it is at hand: the published counts, and the copies that others have counted."""

import numpy as np
import pandas as pd
import pytest

from mien.engine import paths
from mien.faces import duplicates
from mien.sources import fer2013
from mien.vocabulary import labels


@pytest.fixture(scope="module")
def faces():
    try:
        return fer2013.read(paths.raw() / "fer2013")
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


def test_every_split_has_the_published_faces_of_every_expression(faces):
    found = pd.crosstab(faces["split"].values.astype(object), faces["emotion"].values)
    for usage, split in labels.USAGES.items():
        assert tuple(found.loc[split]) == fer2013.COUNTS[usage]


def test_about_eight_per_cent_of_the_test_faces_are_copies_of_training_faces(faces):
    """318 of PrivateTest and 297 of PublicTest have a pair in Training; chains of copies and blanks add one each."""
    group, split = duplicates.near_duplicates(faces["image"].values), faces["split"].values
    in_train = np.isin(group, group[split == "train"])
    assert in_train[split == "test"].sum() == pytest.approx(318, abs=1)
    assert in_train[split == "validation"].sum() == pytest.approx(297, abs=1)
