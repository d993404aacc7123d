"""Small pictures, written here; what is wrong with some of them is said and the others are read."""

import warnings

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from mien.faces import oversample, splits
from mien.faces.cropping import crop, face_box
from mien.sources import folder
from mien.vocabulary import labels

FOLDERS = {
    "face_angry": "angry",
    "face_disgusted": "disgust",
    "face_fear": "fear",
    "face_happy": "happy",
    "face_neutral": "neutral",
    "face_sad": "sad",
    "face_surprised": "surprise",
}


def noise(seed, shape=(20, 20)):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def put(path, pixels=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise([*path.name.encode()]) if pixels is None else pixels).save(path)
    return path


@pytest.fixture
def tree(tmp_path):
    """One picture of every expression."""
    for label in FOLDERS:
        put(tmp_path / "faces" / label / "1.png")
    return tmp_path / "faces"


@pytest.mark.filterwarnings("error")
def test_folders_say_the_expression(tree):
    faces = folder.read(tree, 16)
    assert faces.sizes == {"face": 7, "y": 16, "x": 16}
    assert [labels.EMOTIONS[code] for code in faces["emotion"].values] == [FOLDERS[name] for name in sorted(FOLDERS)]
    assert set(faces["split"].values) == {""}
    assert set(faces["source"].values) == {"faces"}
    assert len(np.unique(faces["group"])) == 7


def test_folders_above_or_names_say_the_split(tmp_path):
    places = ["train/sad/1.png", "val/sad/2.png", "validation/happy/3.png", "test/Anger/4.png", "test/sad/train_5.png"]
    for place in places:
        put(tmp_path / place)
    faces = folder.read(tmp_path)
    splits = dict(zip(faces["id"].values, faces["split"].values, strict=True))
    assert splits == {"1": "train", "2": "validation", "3": "validation", "4": "test", "train_5": "test"}


@pytest.mark.parametrize("inside", ["not used", "excluded", "held_back"])
def test_a_folder_for_training_may_hold_what_is_not_to_be_used(tmp_path, inside):
    for place in ("train/sad/1.png", f"train/{inside}/sad/2.png"):
        put(tmp_path / place)
    with pytest.raises(ValueError, match=f"train/{inside}/sad may be for training or held out"):
        folder.read(tmp_path)


@pytest.mark.parametrize("name", ["not_for_training", "do_not_train", "no-train"])
def test_the_folder_that_is_read_may_deny_that_it_is_for_training(tmp_path, name):
    put(tmp_path / name / "sad" / "1.png")
    with pytest.raises(ValueError, match="by its name .* it is not for training"):
        folder.read(tmp_path / name)


def test_a_picture_in_a_folder_for_training_that_is_held_out_by_its_own_name_is_named(tmp_path):
    for place in ("train/sad/1.png", "train/sad/Val_2.png", "test/sad/3.png"):
        put(tmp_path / place)
    with pytest.warns(UserWarning, match="train/sad/Val_2.png are held out, as their own names say"):
        assert folder.read(tmp_path)["split"].values.tolist() == ["test", "train", "validation"]


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "bmp", "webp", "PNG"])
@pytest.mark.parametrize("shape", [(30, 30), (30, 30, 3)])
def test_every_kind_of_picture_is_read(suffix, shape, tmp_path):
    put(tmp_path / "happy" / f"1.{suffix}", np.full(shape, 100, np.uint8))
    np.testing.assert_allclose(folder.read(tmp_path, 8)["image"], np.full((1, 8, 8), 100), atol=2)


def test_a_wide_picture_keeps_its_aspect_and_repeats_its_edge(tmp_path):
    wide = np.zeros((20, 40), np.uint8)
    wide[:10] = 200
    put(tmp_path / "happy" / "1.png", wide)
    (image,) = folder.read(tmp_path, 40)["image"].values
    np.testing.assert_array_equal(image[:20], np.full((20, 40), 200))  # 10 rows above the picture, 10 of it
    np.testing.assert_array_equal(image[20:], np.zeros((20, 40)))


def test_copies_stand_in_their_parents_group_and_on_one_side_of_a_split(tmp_path):
    for label in ("happy", "sad"):
        for i in range(10):
            put(tmp_path / label / f"{i}.png")
    oversample.run(tmp_path, 30, 0, Console(quiet=True))
    faces = splits.assign_splits(folder.read(tmp_path, 8), (0.6, 0.2, 0.2))
    names = [name.partition("~")[0] for name in faces["id"].values]
    family = list(zip(faces["emotion"].values, names, strict=True))
    assert len(family) == 60
    assert len(set(zip(faces["group"].values, family, strict=True))) == len(set(family)) == 20
    assert len(set(zip(faces["split"].values, family, strict=True))) == 20
    assert set(faces["split"].values) == set(labels.SPLITS)


def test_what_cannot_be_read_is_named_and_the_others_are_read(tree):
    put(tree / "face_bored" / "1.png")
    put(tree / "face_bored" / "2.png")
    truncated = put(tree / "face_sad" / "2.png", noise(0, (60, 60)))
    truncated.write_bytes(truncated.read_bytes()[:1500])
    (tree / "face_sad" / "3.txt").write_text("no picture")
    (tree / "face_sad" / "4.jpg").write_text("no picture")
    with pytest.warns(UserWarning, match="7 pictures are read") as said:
        faces = folder.read(tree)
    assert faces.sizes["face"] == 7
    (message,) = (str(warning.message) for warning in said)
    assert message.count("\n") == 4
    for words in ("face_bored (2 pictures)", "'face_bored'", "angry (anger); disgust", "2.png", "3.txt", "4.jpg"):
        assert words in message
    assert said[0].filename == __file__


@pytest.mark.filterwarnings("error")
def test_folders_named_by_number_mean_what_the_code_map_says(tree):
    raf_db = dict(zip(FOLDERS, "6324751", strict=True))
    for name, number in raf_db.items():
        (tree / name).rename(tree / number)
    with pytest.raises(
        ValueError, match=r"faces/1 \(1 pictures\), .*faces/7 \(1 pictures\): the label is a number.*raf_db"
    ):
        folder.read(tree, 16)
    faces = folder.read(tree, 16, code_map="raf_db")
    expected = {number: FOLDERS[name] for name, number in raf_db.items()}
    assert [labels.EMOTIONS[code] for code in faces["emotion"].values] == [expected[n] for n in sorted(expected)]


@pytest.mark.filterwarnings("error")
def test_linked_folders_are_read_and_litter_is_silent(tree, tmp_path):
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "train").symlink_to(tree)
    for name in ("Thumbs.db", "desktop.ini", "._1.png"):
        (tree / "face_sad" / name).write_text("litter")
    (tree / "@eaDir" / "happy").mkdir(parents=True)
    put(tree / "@eaDir" / "happy" / "1.png")
    faces = folder.read(tmp_path / "linked", 16)
    assert faces.sizes["face"] == 7
    assert set(faces["split"].values) == {"train"}


def test_a_folder_that_says_no_split_beside_one_that_does_is_refused(tmp_path):
    for place in ("train/sad/1.png", "query/sad/2.png"):
        put(tmp_path / place)
    with pytest.raises(ValueError, match=r"query/sad none: rename them, expected train \(train, training"):
        folder.read(tmp_path)


@pytest.mark.filterwarnings("error")
def test_a_table_beside_the_folders_is_passed_over(tree):
    (tree / "truth.csv").write_text("file,state\n")
    (tree / ".DS_Store").write_text("hidden")
    assert folder.read(tree).sizes["face"] == 7


@pytest.mark.parametrize("list_", ["splits.csv", "test.txt"])
def test_a_list_of_splits_beside_folders_without_is_refused(tree, list_):
    (tree / list_).write_text("face_happy/1.png\n")
    with pytest.raises(ValueError, match=rf"faces: {list_} may say which pictures are held out.*<split>/<label>/"):
        folder.read(tree)


def test_the_folder_that_is_read_holds_out_by_its_name(tree):
    with pytest.warns(UserWarning, match="held out as test, since 'test' is called so"):
        assert {*folder.read(tree.rename(tree.with_name("test")))["split"].values} == {"test"}


def test_an_archive_beside_the_folders_is_named(tree):
    (tree / "sad.zip").touch()
    with pytest.warns(UserWarning, match=r"sad.zip: an archive, which may hold faces or a split; unpack it"):
        folder.read(tree)


def test_a_picture_in_no_folder_of_a_label_is_named(tree):
    put(tree / "stray.png")
    with pytest.warns(UserWarning, match=r"faces \(1 pictures\): unknown label 'faces'"):
        folder.read(tree)


def test_nothing_left_is_an_error_that_says_why(tmp_path):
    put(tmp_path / "contempt" / "1.png")
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "1.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"(?s)no picture in .*<split>/<label>/.*'contempt'.*1.png is not a picture"):
        folder.read(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere is not there"):
        folder.read(tmp_path / "nowhere")


def test_a_face_somewhere_on_a_picture_is_cut_out(tmp_path, portrait):
    picture = np.full((260, 330), 128, np.uint8)
    picture[70:220, 150:300] = portrait
    put(tmp_path / "happy" / "1.png", picture)
    (image,) = folder.read(tmp_path, 48)["image"].values
    np.testing.assert_array_equal(image, crop(picture, face_box(picture), 48))


def test_a_picture_without_a_face_keeps_its_row_and_that_is_said(tmp_path):
    put(tmp_path / "happy" / "1.png", noise(0, (100, 120)))
    with pytest.warns(UserWarning, match="no face is found in 1 pictures, they are taken whole"):
        assert folder.read(tmp_path).sizes["face"] == 1


def test_whom_the_paths_name_stands_on_one_side_of_a_split(tmp_path):
    for label in ("happy", "sad"):
        for i in range(20):
            put(tmp_path / label / f"P{i % 10}_{i}.png")
    with warnings.catch_warnings(action="error"):
        faces = folder.read(tmp_path, 8, person=r"(P\d)_")
    named = [name[:2] for name in faces["id"].values]
    assert len(set(zip(named, faces["group"].values, strict=True))) == 10
    faces = splits.assign_splits(faces, (0.6, 0.2, 0.2))
    assert len(set(zip(named, faces["split"].values, strict=True))) == 10


def test_a_path_that_names_nobody_is_a_group_of_its_own(tmp_path):
    for name in ("P1_1", "P1_2", "other", "another"):
        put(tmp_path / "happy" / f"{name}.png")
    with pytest.warns(UserWarning, match=r"person '.*' finds nobody in 2 of 4 paths \(happy/another.png, happy/other"):
        assert len(np.unique(folder.read(tmp_path, 8, person="(P[0-9])_")["group"])) == 3


@pytest.mark.parametrize("person", ["(X)", "(p[0-9]+)_", "()", "P([a-z]*)", "P|(Q)"])
def test_a_pattern_of_persons_that_finds_nobody_is_refused(tmp_path, person):
    for name in ("P01_1", "P01_2", "P02_1"):
        put(tmp_path / "happy" / f"{name}.png")
    with pytest.raises(ValueError, match=r"person .* finds nobody in 3 of 3 paths \(happy/P01_1.png, .*: correct it"):
        folder.read(tmp_path, 8, person=person)


@pytest.mark.parametrize(("person", "message"), [("(P", "no regular expression"), ("P[0-9]", "has no group")])
def test_a_pattern_of_persons_that_cannot_be_used(tmp_path, person, message):
    with pytest.raises(ValueError, match=message):
        folder.read(tmp_path, person=person)


def test_eye_states_are_known_by_their_own_names(tmp_path):
    for state in labels.EYE_STATES:
        put(tmp_path / state / f"{state}.png")
    with warnings.catch_warnings(action="error"):
        faces = folder.read_eye_states(tmp_path)
    assert faces["eye_state"].dtype == np.int8
    states = dict(zip(faces["id"].values, faces["eye_state"].values, strict=True))
    assert states == {"eye_closed": 0, "eye_narrowed": 1, "eye_open": 2, "eye_wide": 3}
    assert set(faces["emotion"].values) == {labels.UNKNOWN}
