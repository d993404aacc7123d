import numpy as np
import pytest

from mien.engine import store
from mien.faces import combine
from mien.faces.table import as_faces
from mien.vocabulary.labels import UNKNOWN


def partition(group):
    """The sets of positions that share a label."""
    return {tuple(np.flatnonzero(group == label)) for label in np.unique(group)}


def numbered(emotion, split, group, size, source):
    """Faces of noise."""
    image = np.random.default_rng(len(emotion)).integers(0, 256, (len(emotion), size, size), np.uint8)
    faces = as_faces(image, emotion, split, [f"{source}{i}" for i in range(len(emotion))], source)
    return faces.assign_coords(group=("face", np.asarray(group, np.int64)))


@pytest.fixture
def pair():
    """Happy (3) and surprise (5) in both; angry (0) and neutral (6) in one alone; unknown in both."""
    first = numbered([0, 3, 5, 3, UNKNOWN], ["train", "train", "test", "", "train"], [0, 1, 2, 1, 9], 8, "fer")
    second = numbered([5, UNKNOWN, 3, 6, 3], ["", "", "", "", "train"], [5, 5, 5, 0, 1], 8, "ck")
    return first, second


def test_every_face_of_both_keeps_its_row_and_what_is_said_of_it(pair):
    both = combine.combine(*pair)
    for name in ("id", "emotion", "split", "source"):
        assert list(both[name].values) == [*pair[0][name].values, *pair[1][name].values]
    np.testing.assert_array_equal(both["image"], np.concatenate([part["image"] for part in pair]))
    assert both["image"].dtype == np.uint8


def test_combined_groups_stay_what_they_were_and_apart(pair):
    both = combine.combine(*pair)
    assert partition(both["group"].values) == {(0,), (1, 3), (2,), (4,), (5, 6, 7), (8,), (9,)}
    assert both["group"].dtype == np.int64


def test_combined_faces_are_like_any_other(pair, tmp_path):
    both = combine.combine(*pair)
    assert {name: c.dtype for name, c in both.coords.items()} == {name: c.dtype for name, c in pair[0].coords.items()}
    for part, name in zip(pair, ("fer", "ck"), strict=True):
        store.save_dataset(part, tmp_path / name)
    first, second = (store.open_dataset(tmp_path / name) for name in ("fer", "ck"))
    assert combine.combine(first, second).equals(both)
    assert combine.combine(first, pair[1]).equals(both)  # one from the store, one just read


def test_faces_of_two_sizes(pair):
    with pytest.raises(ValueError, match="faces of 8x8 and of 9x9 pixels"):
        combine.combine(pair[0], numbered([1], [""], [0], 9, "other"))
