import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mien.faces import pictures

UPRIGHT = np.array([[10, 200, 30], [90, 50, 160]], np.uint8)


def test_what_a_system_hides_is_no_file(tmp_path):
    for name in ("happy/1.png", "happy/._1.png", ".cache/2.png", "__MACOSX/happy/1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert pictures.files(tmp_path) == [tmp_path / "happy/1.png"]


def test_links_are_followed_and_those_that_lead_nowhere_are_named_at_once(tmp_path):
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "1.png").touch()
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "shelf").symlink_to(tmp_path / "shelf")
    for i in range(7):
        (tmp_path / "album" / f"lost {i}.png").symlink_to("/nowhere")
    with pytest.warns(UserWarning, match=r"album: links lead nowhere, .*lost 0.png, .*lost 4.png and 2 more$"):
        assert pictures.files(tmp_path / "album") == [tmp_path / "album" / "shelf" / "1.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_named_as_what_it_is_and_nobody_waits_at_it(tmp_path, recwarn):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "lost.png").symlink_to("/nowhere")
    assert pictures.files(tmp_path) == []
    links, pipes = sorted(str(warning.message) for warning in recwarn)
    assert "links lead nowhere" in links
    assert "lost.png" in links
    assert "pipe.png" not in links
    assert pipes == f"{tmp_path}: neither files nor folders, but pipes or the like: {tmp_path / 'pipe.png'}"
    with pytest.raises(ValueError, match=r"pipe.png is not a file"):
        pictures.read(tmp_path / "pipe.png")


def test_ten_comes_after_nine():
    names = ["happy/face 10.png", "angry/2.png", "happy/face 9.png", "angry/11.png", "angry/٢1.png"]
    assert [path.as_posix() for path in pictures.in_natural_order(map(Path, names))] == [
        "angry/2.png",
        "angry/11.png",
        "angry/٢1.png",
        "happy/face 9.png",
        "happy/face 10.png",
    ]


def test_a_photograph_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is stored needs a quarter turn clockwise
    Image.fromarray(np.rot90(UPRIGHT)).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.png"), UPRIGHT)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "I;16"])
def test_every_kind_of_picture_has_the_same_grey_levels(mode, tmp_path):
    gray = Image.fromarray(UPRIGHT)
    kind = Image.fromarray(UPRIGHT.astype(np.uint16) * 257) if mode == "I;16" else gray.convert(mode)
    kind.save(tmp_path / "a.png")
    found = pictures.read_gray(tmp_path / "a.png")
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, UPRIGHT)


def test_of_a_picture_that_moves_the_first_frame_is_read(tmp_path):
    frames = [Image.fromarray(np.uint8(level * (UPRIGHT > 40))) for level in (255, 100)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    with pytest.warns(UserWarning, match=r"a\.gif moves: only its first frame is looked at"):
        found = pictures.read_gray(tmp_path / "a.gif")
    np.testing.assert_array_equal(found, 255 * (UPRIGHT > 40))


def test_a_picture_of_too_many_pixels_is_refused(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a\.png is not a picture .* \(it has more than 179 million pixels"):
        pictures.read_rgb(tmp_path / "a.png")


@given(
    st.sampled_from(["png", "jpeg", "bmp", "webp", "gif", "tiff", "avif", "ppm", "tga"]),
    st.randoms(use_true_random=False),
)
@pytest.mark.filterwarnings("ignore")
def test_whatever_is_damaged_is_a_picture_or_one_clear_error(tmp_path_factory, kind, random):
    path = tmp_path_factory.mktemp("damaged") / f"a.{kind}"
    Image.fromarray(np.kron(UPRIGHT, np.ones((20, 20), np.uint8))).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(random.randint(1, 8)):
        content[random.randrange(len(content))] = random.randrange(256)
    path.write_bytes(content[: random.randint(1, len(content))] if random.random() < 0.3 else content)
    try:
        found, said = pictures.read_rgb(path), ""
    except ValueError as error:
        found, said = None, str(error)
    assert said.startswith(f"{path} is not a picture that can be read (") or found.shape[2:] == (3,)


def test_who_has_no_parent_is_its_own():
    assert pictures.parent(Path("happy/Training_3.jpg")) == "Training_3"


def test_a_family_is_a_picture_and_its_copies_in_one_folder():
    names = ["happy/a.png", "happy/b.png", "happy/a~flip.png", "sad/a.png", "happy/b~grid2.png", "sad/a~flip.png"]
    families = pictures.families([Path(name) for name in names])
    assert families.tolist() == [0, 1, 0, 2, 1, 2]
    assert families.dtype == np.int64


def test_a_family_that_was_parted_is_one_and_others_of_the_same_name_are_not():
    names = [
        "train/sad/7~flip.png",
        "test/sad/7.jpg",
        "dev/sad/7~elastic.png",
        "test/happy/7.png",
    ]  # 7.jpg is their parent
    alone = [
        "train/sad/8.png",
        "train/sad/8~flip.png",
        "test/sad/8.png",
    ]  # a parent beside its copy, and another picture
    families = pictures.families([Path(name) for name in names + alone])
    assert families.tolist() == [0, 0, 0, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("place", "split"),
    [
        ("happy/1.png", ""),
        ("train/happy/1.png", "train"),
        ("val/happy/1.png", "validation"),
        ("Validation/happy/1.png", "validation"),
        ("test/happy/1.png", "test"),
        ("test/happy/PublicTest_1.png", "validation"),
        ("happy/train_12~elastic2.png", "train"),
        ("test/train/happy/1.png", "test"),
        ("train/test/happy/1.png", "test"),
        ("test/happy/train_1.png", "test"),
        ("happy/0_test.png", "test"),
        ("happy/0_train.png", "train"),
        ("happy/IMG_Test_0.png", "test"),
        ("happy/IMG_Train_0~flip.png", "train"),
        ("happy/train (1).png", "train"),
        ("happy/train-1.png", "train"),
        ("happy/7 test~flip.png", "test"),
        ("happy/testset_3.png", "test"),
        ("happy/latest_contest.png", ""),
        ("happy/testing.png", ""),
        ("test_set/happy/1.png", "test"),
        ("train/happy/testing-1.png", "test"),
        ("happy/test 1.png", "test"),
        ("test/happy/train station.png", "test"),
        ("holdout/P1/happy/1.png", "test"),
        ("happy/Tester_1.png", ""),
    ],
)
def test_the_name_of_a_picture_says_more_of_its_split_than_its_folders(place, split):
    assert pictures.split_of(Path(place)) == split


def placed(*names):
    return [Path(name) for name in names]


def test_pictures_that_say_no_split_beside_folders_that_do_are_refused():
    with pytest.raises(
        ValueError, match=r"set: other folders name a split, extra/happy, sad none.*test \(test, testing"
    ):
        pictures.check_splits(placed("train/happy/1.png", "extra/happy/2.png", "sad/3.png"), "set")
    pictures.check_splits(placed("train/happy/1.png", "extra/happy/test_2.png"), "set")


@pytest.mark.parametrize("other", ["quiz_0", "1", "test"])
def test_pictures_whose_names_say_no_split_beside_those_for_training_are_refused(other):
    with pytest.raises(
        ValueError, match=rf"set: other pictures' names say a split, sad/{other}.png none.*test \(test,"
    ):
        pictures.check_splits(placed("happy/train_1.png", f"sad/{other}.png"), "set")


@pytest.mark.filterwarnings("error")
def test_pictures_that_are_held_out_by_name_leave_the_others_as_they_are():
    pictures.check_splits(placed("happy/1.png", "happy/test_2.png"), "set")


def test_a_folder_for_training_in_one_that_holds_out_is_refused():
    with pytest.raises(ValueError, match=r"set: test/train/happy may be for training or held out"):
        pictures.check_splits(placed("test/train/happy/1.png", "test/test/happy/2.png"), "set")
    pictures.check_splits(placed("train/train/happy/1.png", "train/test/happy/2.png"), "set")


@pytest.mark.parametrize("folder", ["not_for_training", "pre-train", "train/train_rejects", "test/no training"])
@pytest.mark.parametrize("beside", [["train/happy/2.png"], ["happy/2.png"], []])
def test_a_folder_that_may_deny_that_it_is_for_training_is_refused(folder, beside):
    with pytest.raises(ValueError, match=rf"set: {folder}/happy may be for training or held out: rename one.*train \("):
        pictures.check_splits(placed(f"{folder}/happy/1.png", *beside), "set")


@pytest.mark.parametrize("name", ["no-train_3", "not_for_training_1", "train station"])
def test_a_name_that_may_deny_training_is_refused_and_told_where_its_folder_says_train(name):
    with pytest.raises(ValueError, match=rf"set: sad/{name}.png may be for training or held out"):
        pictures.check_splits(placed("happy/1.png", f"sad/{name}.png"), "set")
    with pytest.warns(UserWarning, match=rf"set: train/sad/{name}.png are taken for training, as their folders say"):
        pictures.check_splits(placed("train/happy/1.png", f"train/sad/{name}.png"), "set")
    pictures.check_splits(placed("train/happy/1.png", f"test/sad/{name}.png"), "set")


def test_the_name_of_what_is_read_says_a_split_where_no_folder_in_it_does():
    inside = placed("happy/1.png", "sad/train_2.png")
    with pytest.warns(UserWarning, match="set: held out as test, since 'FER_test' is called so"):
        held_out = pictures.below([Path("FER_test") / place for place in inside], "set")
    assert [*map(pictures.split_of, held_out)] == ["test", "test"]
    parted = placed("train/happy/1.png", "val/sad/2.png")
    assert pictures.below([Path("my_test") / place for place in parted], "set") == parted
    assert pictures.below([Path("emotion-training-project") / place for place in inside], "set") == inside


def test_several_folders_above_the_labels_without_a_word_for_a_split_are_told():
    with pytest.warns(UserWarning, match=r"set: no folder names a split, so the pictures of entrenamiento, prueba get"):
        pictures.check_splits(placed("entrenamiento/happy/1.png", "prueba/happy/2.png"), "set")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("names", [("happy/1.png", "sad/2.png"), ("set/happy/1.png", "set/sad/2.png"), ()])
def test_where_no_folder_stands_beside_another_nothing_is_said(names):
    pictures.check_splits(placed(*names), "set")
