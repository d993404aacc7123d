from itertools import product

import numpy as np
import pytest
import xarray as xr

from mien.faces import splits
from mien.faces.table import as_faces
from mien.vocabulary import labels


def table(emotion, split, group):
    n = len(emotion)
    made = as_faces(np.zeros((n, 2, 2), np.uint8), emotion, split, [str(i) for i in range(n)], "made")
    return made.assign_coords(group=("face", np.asarray(group, np.int64)))


def test_clean():
    names = ["train", "validation", "test"]
    rows = [  # group 0: train and test; 1: validation and test; 2: all; 3: each of one split
        (0, "train", True),
        (0, "test", False),
        (1, "validation", True),
        (1, "test", False),
        *((2, name, name == "train") for name in names),
        *((3 + i, name, True) for i, name in enumerate(names)),
        (9, "train", True),
        (9, "train", True),
        (10, "test", True),
        (10, "test", True),
    ]
    group, split, expected = zip(*rows, strict=True)
    np.testing.assert_array_equal(splits.unseen(table([0] * len(rows), split, group)), expected)


@pytest.fixture
def unsplit():
    """1,400 faces in 700 pairs, the expressions in shares of 1 : 2 : … : 7."""
    emotion = np.repeat(np.arange(7), 50 * np.arange(1, 8))
    return table(emotion, [""] * 1400, np.arange(1400) // 2)


def test_splits_are_stratified(unsplit):
    split = splits.assign_splits(unsplit)["split"].values
    for (name, share), code in product(zip(labels.SPLITS, (0.8, 0.1, 0.1), strict=True), range(7)):
        of_code = unsplit["emotion"].values == code
        assert np.mean(split[of_code] == name) == pytest.approx(share, abs=4 / of_code.sum())  # two pairs


def test_a_group_stays_on_one_side(unsplit):
    split = splits.assign_splits(unsplit)["split"].values
    assert all(split[::2] == split[1::2])


def test_splits_depend_on_the_seed_alone(unsplit):
    first, again, other = (splits.assign_splits(unsplit, seed=seed)["split"].values for seed in (0, 0, 1))
    assert all(first == again)
    assert any(first != other)


def test_a_split_that_is_there_is_kept_and_its_group_follows(unsplit):
    given = np.array([""] * 1400, object)
    given[:100:2], given[100:200:2] = "test", "train"
    split = splits.assign_splits(table(unsplit["emotion"].values, given, unsplit["group"].values))["split"].values
    assert set(split[:100]) == {"test"}
    assert set(split[100:200]) == {"train"}
    assert np.mean(split[200:] == "test") == pytest.approx(0.1, abs=0.02)


def test_nothing_to_assign():
    given = table([0, 1, 2], ["train", "validation", "test"], [0, 0, 0])
    assert splits.assign_splits(given).identical(given)


@pytest.mark.parametrize(("given", "missing"), [("validation", "test"), ("test", "validation")])
def test_a_split_that_a_set_lacks_is_cut_from_train_by_group(unsplit, given, missing):
    before = np.where(np.arange(1400) % 20 < 2, given, "train")
    faces = table(unsplit["emotion"].values, before, unsplit["group"].values)
    assert not splits.complete(faces)
    with pytest.warns(UserWarning, match=f"no face has the split {missing}: it is cut from train"):
        faces = splits.assign_splits(faces)
    split = faces["split"].values
    assert splits.complete(faces)
    np.testing.assert_array_equal(split == given, before == given)
    assert np.mean(split == missing) == pytest.approx(0.1, abs=0.02)
    assert all(split[::2] == split[1::2])


def test_of_train_alone_both_others_are_cut_but_not_those_faces_whose_copies_are_elsewhere(unsplit):
    faces = table(unsplit["emotion"].values, ["train"] * 1400, unsplit["group"].values)
    with pytest.warns(UserWarning, match="validation or test"):
        split = splits.assign_splits(faces)["split"].values
    assert [np.mean(split == name) for name in labels.SPLITS] == pytest.approx([0.8, 0.1, 0.1], abs=0.01)
    before = np.array(["test", "train"] * 50 + ["train"] * 1300)
    with pytest.warns(UserWarning, match="validation"):
        split = splits.assign_splits(table(faces["emotion"].values, before, faces["group"].values))["split"].values
    assert split[:100].tolist() == before[:100].tolist()


def test_without_train_nothing_is_cut():
    given = table([0, 1, 2, 3], ["test"] * 4, range(4))
    assert splits.assign_splits(given).identical(given)


@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize("n", [1, 3, 12])
def test_few_faces_all_get_a_split(n):
    split = splits.assign_splits(table(np.arange(n) % 2, [""] * n, np.arange(n)))["split"].values
    assert set(split) <= set(labels.SPLITS)
    assert "train" in split


def test_fractions(unsplit):
    split = splits.assign_splits(unsplit, (0.75, 0, 0.25))["split"].values
    assert [np.mean(split == name) for name in labels.SPLITS] == pytest.approx([0.75, 0, 0.25], abs=0.01)
    with pytest.raises(ValueError, match=r"0\.8, 0\.1, 0\.2"):
        splits.assign_splits(unsplit, (0.8, 0.1, 0.2))


@pytest.mark.parametrize(
    "fractions", [(0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 0.5, 0.5), (0.2, 0.2, 0.6), (0, 0.1, 0.9), (0.4, 0.3, 0.3)]
)
def test_any_fractions_that_sum_to_one_come_out(unsplit, fractions):
    split = splits.assign_splits(unsplit, fractions)["split"].values
    assert [np.mean(split == name) for name in labels.SPLITS] == pytest.approx(fractions, abs=0.01)


@pytest.mark.parametrize("fractions", [(1,), (0.5, 0.5), (0.4, 0.3, 0.2, 0.1)])
def test_fractions_that_are_not_three_are_refused(unsplit, fractions):
    with pytest.raises(ValueError, match="expected three that sum to 1"):
        splits.assign_splits(unsplit, fractions)


def test_of_no_faces_there_are_none_to_split():
    assert splits.assign_splits(table([], [], []), (0, 0, 1)).sizes["face"] == 0


def test_two_subjects_make_two_splits():
    """As many parts as there are groups, and no more."""
    n = 40
    faces = xr.Dataset(
        coords={
            "emotion": ("face", np.arange(n) % 2),
            "group": ("face", np.repeat([0, 1], n // 2)),
            "split": ("face", np.full(n, "", object)),
        }
    )
    split = splits.assign_splits(faces)["split"].values
    assert len({(g, s) for g, s in zip(faces["group"].values, split, strict=True)}) == 2
    assert set(split) == {"train", "test"}


def test_a_split_without_a_face_of_known_expression_is_refused():
    splits.check_splits(table([0, 1, 2], ["train", "validation", "test"], [0, 1, 2]))
    with pytest.raises(ValueError, match="left for validation and test: 2 faces stand in 1 groups"):
        splits.check_splits(table([0, 1, labels.UNKNOWN], ["train", "train", "test"], [0, 0, 1]))


def test_faces_of_which_none_teaches_are_refused_as_such():
    with pytest.raises(
        ValueError, match="no face teaches: all 2 with a known expression stand in test; add some to train"
    ):
        splits.check_splits(table([0, 1, labels.UNKNOWN], ["test", "test", "train"], [0, 1, 2]))


def test_faces_of_a_source_that_is_left_out_are_in_no_split():
    split, source = np.array(["train", "test", "train", "validation"], object), np.array([*"abba"], object)
    assert splits.leave_out(split, source, "a").tolist() == [splits.LEFT_OUT, "test", "train", splits.LEFT_OUT]
    assert splits.leave_out(split, source, "").tolist() == split.tolist()


@pytest.mark.parametrize(("sources", "name"), [("abba", "c"), ("aaaa", "a")])
def test_a_source_that_is_not_there_or_is_the_only_one_cannot_be_left_out(sources, name):
    source = np.array([*sources], object)
    with pytest.raises(ValueError, match=f"{name!r} cannot be left out of {', '.join(sorted(set(sources)))}: expected"):
        splits.leave_out(np.full(4, "train", object), source, name)
