"""Near-duplicates, splits and pictures, on faces whose relations are known by construction."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from mien import faces as faces_of
from mien import labels, store
from mien.labels import UNKNOWN
from mien.sources.faces_table import as_faces


def smooth(random, n, size=48):
    """Pictures of low frequencies, as faces are: (n, size, size) in 0..255."""
    coarse = random.uniform(0, 255, (n, 6, 6))
    return np.kron(coarse, np.ones((size // 6, size // 6)))


def table(emotion, split, group):
    n = len(emotion)
    made = as_faces(np.zeros((n, 2, 2), np.uint8), emotion, split, [str(i) for i in range(n)], "made")
    return made.assign_coords(group=("face", np.asarray(group, np.int64)))


def partition(group):
    """The sets of positions that share a label."""
    return {tuple(np.flatnonzero(group == label)) for label in np.unique(group)}


def mixed(first, second, correlation):
    """A vector that correlates with the first as asked, the two being centred, orthogonal and of length 1."""
    return correlation * first + np.sqrt(1 - correlation**2) * second


@pytest.fixture
def orthogonal():
    """(8, 2304): centred, orthogonal, of length 1."""
    raw = np.random.default_rng(0).normal(size=(48 * 48, 9))
    raw[:, 0] = 1
    return np.linalg.qr(raw)[0][:, 1:].T


@pytest.mark.parametrize(("correlation", "is_copy"), [(0.9851, True), (0.9849, False), (-1, False), (1, True)])
def test_threshold(orthogonal, correlation, is_copy):
    pair = np.stack([orthogonal[0], mixed(orthogonal[0], orthogonal[1], correlation)]).reshape(2, 48, 48)
    group = faces_of.near_duplicates(pair)
    assert (group[0] == group[1]) == is_copy
    assert group.dtype == np.int64


def test_light_and_contrast_do_not_matter():
    picture = smooth(np.random.default_rng(1), 1)
    group = faces_of.near_duplicates(np.concatenate([picture, 0.3 * picture + 90, 255 - picture]))
    assert partition(group) == {(0, 1), (2,)}


def test_a_copy_of_a_copy_is_in_the_group(orthogonal):
    first, second = orthogonal[:2]
    angle = np.arccos(0.99)
    chain = np.stack([np.cos(i * angle) * first + np.sin(i * angle) * second for i in range(3)]).reshape(3, 48, 48)
    assert chain[0].ravel() @ chain[2].ravel() < 0.985
    assert partition(faces_of.near_duplicates(chain)) == {(0, 1, 2)}


def test_constant_pictures_are_copies_of_one_another_alone():
    images = np.concatenate([smooth(np.random.default_rng(2), 2).astype(np.uint8), np.zeros((3, 48, 48), np.uint8)])
    images[3:] = np.array([7, 255])[:, None, None]
    assert partition(faces_of.near_duplicates(images)) == {(0,), (1,), (2, 3, 4)}


@pytest.mark.parametrize("size", [48, 96])
@pytest.mark.parametrize("noise", [2, 20])
def test_agrees_with_the_correlation_of_every_pair(size, noise):
    random = np.random.default_rng(3)
    base = smooth(random, 40, size)
    images = np.concatenate([base, base[:20] + random.normal(0, noise, (20, size, size)), base[:9] * 0.5])
    images = images.clip(0, 255).astype(np.uint8)
    copies = np.corrcoef(images.reshape(len(images), -1)) >= 0.985
    for _ in range(7):  # powers of the relation until nothing is added: 2**7 steps are more than there are pictures
        copies = (copies.astype(int) @ copies) > 0
    expected = {tuple(np.flatnonzero(row)) for row in copies}
    assert partition(faces_of.near_duplicates(images)) == expected


def test_one_face():
    assert faces_of.near_duplicates(np.zeros((1, 48, 48), np.uint8)).shape == (1,)


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
    np.testing.assert_array_equal(faces_of.clean(table([0] * len(rows), split, group)), expected)


@pytest.fixture
def unsplit():
    """1,400 faces in 700 pairs, the expressions in shares of 1 : 2 : … : 7."""
    emotion = np.repeat(np.arange(7), 50 * np.arange(1, 8))
    return table(emotion, [""] * 1400, np.arange(1400) // 2)


def test_splits_are_stratified(unsplit):
    split = faces_of.assign_splits(unsplit)["split"].values
    for (name, share), code in product(zip(labels.SPLITS, (0.8, 0.1, 0.1), strict=True), range(7)):
        of_code = unsplit["emotion"].values == code
        assert np.mean(split[of_code] == name) == pytest.approx(share, abs=4 / of_code.sum())  # two pairs


def test_a_group_stays_on_one_side(unsplit):
    split = faces_of.assign_splits(unsplit)["split"].values
    assert all(split[::2] == split[1::2])


def test_splits_depend_on_the_seed_alone(unsplit):
    first, again, other = (faces_of.assign_splits(unsplit, seed=seed)["split"].values for seed in (0, 0, 1))
    assert all(first == again)
    assert any(first != other)


def test_a_split_that_is_there_is_kept_and_its_group_follows(unsplit):
    given = np.array([""] * 1400, object)
    given[:100:2], given[100:200:2] = "test", "train"
    split = faces_of.assign_splits(table(unsplit["emotion"].values, given, unsplit["group"].values))["split"].values
    assert set(split[:100]) == {"test"}
    assert set(split[100:200]) == {"train"}
    assert np.mean(split[200:] == "test") == pytest.approx(0.1, abs=0.02)


def test_nothing_to_assign():
    given = table([0, 1, 2], ["train", "validation", "test"], [0, 0, 0])
    assert faces_of.assign_splits(given).identical(given)


@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize("n", [1, 3, 12])
def test_few_faces_all_get_a_split(n):
    split = faces_of.assign_splits(table(np.arange(n) % 2, [""] * n, np.arange(n)))["split"].values
    assert set(split) <= set(labels.SPLITS)
    assert "train" in split


def test_fractions(unsplit):
    split = faces_of.assign_splits(unsplit, (0.75, 0, 0.25))["split"].values
    assert [np.mean(split == name) for name in labels.SPLITS] == pytest.approx([0.75, 0, 0.25], abs=0.01)
    with pytest.raises(ValueError, match=r"0\.8, 0\.1, 0\.2"):
        faces_of.assign_splits(unsplit, (0.8, 0.1, 0.2))


def picture_set(ids):
    image = np.random.default_rng(4).integers(0, 256, (3, 48, 48), np.uint8)
    return as_faces(image, [3, labels.UNKNOWN, 3], ["train", "test", "train"], ids, "made")


def test_pictures(tmp_path):
    (tmp_path / "pictures/old").mkdir(parents=True)
    faces_of.write_pictures(picture_set(["a", "b", "c"]), tmp_path / "pictures")
    files = sorted(p.relative_to(tmp_path / "pictures").as_posix() for p in tmp_path.rglob("*.png"))
    assert files == ["happy/train_a.png", "happy/train_c.png", "unknown/test_b.png"]
    folders = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert folders == {*labels.EMOTIONS, "unknown"}
    written = np.asarray(Image.open(tmp_path / "pictures/unknown/test_b.png"))
    xr.testing.assert_identical(xr.DataArray(written), xr.DataArray(picture_set(["a", "b", "c"])["image"].values[1]))


def test_pictures_of_one_name(tmp_path):
    with pytest.raises(ValueError, match=r"happy/train_a\.png"):
        faces_of.write_pictures(picture_set(["a", "b", "a"]), tmp_path / "pictures")
    assert not list(tmp_path.iterdir())


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
    both = faces_of.combine(*pair)
    assert list(both["id"].values) == ["fer1", "fer2", "fer3", "ck0", "ck2", "ck4"]
    assert list(both["emotion"].values) == [3, 5, 3, 5, 3, 3]
    assert list(both["split"].values) == ["train", "test", "", "", "", "train"]
    assert list(both["source"].values) == ["fer"] * 3 + ["ck"] * 3


def test_combined_groups_stay_what_they_were_and_apart(pair):
    both = faces_of.combine(*pair)
    assert partition(both["group"].values) == {(0, 2), (1,), (3, 4), (5,)}
    assert both["group"].dtype == np.int64


def test_combined_pictures_have_the_size_of_the_first(pair):
    fer, ck = pair
    image = faces_of.combine(fer, ck)["image"]
    assert image.sizes == {"face": 6, "y": 48, "x": 48}
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image[:3], fer["image"][[1, 2, 3]])
    expected = [faces_of.crop(picture, (0, 0, 96, 96), 48) for picture in ck["image"].values[[0, 2, 4]]]
    np.testing.assert_array_equal(image[3:], expected)


def test_combined_faces_are_like_any_other(pair, tmp_path):
    both = faces_of.combine(*pair)
    assert {name: c.dtype for name, c in both.coords.items()} == {name: c.dtype for name, c in pair[0].coords.items()}
    for part, name in zip(pair, ("fer", "ck"), strict=True):
        store.save_dataset(part, tmp_path / name)
    fer, ck = (store.open_dataset(tmp_path / name) for name in ("fer", "ck"))
    assert faces_of.combine(fer, ck).equals(both)
    assert faces_of.combine(fer, pair[1]).equals(both)  # one from the store, one just read


def test_nothing_in_common(pair):
    fer, ck = pair
    with pytest.raises(ValueError, match="no expression in common"):
        faces_of.combine(fer.isel(face=[0, 4]), ck)


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
    split = faces_of.assign_splits(faces)["split"].values
    assert len({(g, s) for g, s in zip(faces["group"].values, split, strict=True)}) == 2
    assert set(split) == {"train", "test"}
