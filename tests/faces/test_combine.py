import numpy as np
import pytest

from mien.engine import store
from mien.faces import combine, cropping
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
    fer = numbered([0, 3, 5, 3, UNKNOWN], ["train", "train", "test", "", "train"], [0, 1, 2, 1, 9], 48, "fer")
    ck = numbered([5, UNKNOWN, 3, 6, 3], ["", "", "", "", "train"], [5, 5, 5, 0, 1], 96, "ck")
    return fer, ck


def test_combined_are_the_expressions_that_both_have(pair):
    both = combine.combine(*pair)
    assert list(both["id"].values) == ["fer1", "fer2", "fer3", "ck0", "ck2", "ck4"]
    assert list(both["emotion"].values) == [3, 5, 3, 5, 3, 3]
    assert list(both["split"].values) == ["train", "test", "", "", "", "train"]
    assert list(both["source"].values) == ["fer"] * 3 + ["ck"] * 3


def test_combined_groups_stay_what_they_were_and_apart(pair):
    both = combine.combine(*pair)
    assert partition(both["group"].values) == {(0, 2), (1,), (3, 4), (5,)}
    assert both["group"].dtype == np.int64


def test_combined_pictures_have_the_size_of_the_first(pair):
    fer, ck = pair
    image = combine.combine(fer, ck)["image"]
    assert image.sizes == {"face": 6, "y": 48, "x": 48}
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image[:3], fer["image"][[1, 2, 3]])
    expected = [cropping.crop(picture, (0, 0, 96, 96), 48) for picture in ck["image"].values[[0, 2, 4]]]
    np.testing.assert_array_equal(image[3:], expected)


def test_combined_faces_are_like_any_other(pair, tmp_path):
    both = combine.combine(*pair)
    assert {name: c.dtype for name, c in both.coords.items()} == {name: c.dtype for name, c in pair[0].coords.items()}
    for part, name in zip(pair, ("fer", "ck"), strict=True):
        store.save_dataset(part, tmp_path / name)
    fer, ck = (store.open_dataset(tmp_path / name) for name in ("fer", "ck"))
    assert combine.combine(fer, ck).equals(both)
    assert combine.combine(fer, pair[1]).equals(both)  # one from the store, one just read


def test_nothing_in_common(pair):
    fer, ck = pair
    with pytest.raises(ValueError, match="no expression in common"):
        combine.combine(fer.isel(face=[0, 4]), ck)
