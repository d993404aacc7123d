"""CK+ as the official layout has it, written here: small pictures, whose grey level says which they are."""

import numpy as np
import pytest
from PIL import Image

from mien.engine.missing import Missing
from mien.faces import splits
from mien.faces.cropping import crop, face_box
from mien.sources import ckplus
from mien.vocabulary.labels import EMOTIONS, UNKNOWN

CODES = ["neutral", "angry", None, "disgust", "fear", "happy", "sad", "surprise"]  # contempt is none of the seven


@pytest.fixture
def tree(tmp_path):
    """subject, session, pictures or how many, label -> the folder of the set."""

    def write(subject=5, session=1, pictures=5, label="   3.0000000e+00\n"):
        if isinstance(pictures, int):
            pictures = [np.full((24, 32), 10 * i, np.uint8) for i in range(1, pictures + 1)]
        stem = f"S{subject:03d}_{session:03d}"
        shown, said = (tmp_path / top / f"S{subject:03d}/{session:03d}" for top in ("cohn-kanade-images", "Emotion"))
        shown.mkdir(parents=True)
        said.mkdir(parents=True)
        for number, picture in enumerate(pictures, 1):
            Image.fromarray(picture).save(shown / f"{stem}_{number:08d}.png")
        if label is not None:
            (said / f"{stem}_{len(pictures):08d}_emotion.txt").write_text(label)
        return tmp_path

    return write


def fault(path, *words, **settings):
    """Read what cannot be read; the message holds every word."""
    with pytest.raises(ValueError) as error:
        ckplus.read(path, **settings)
    missing = [word for word in words if word not in str(error.value)]
    assert not missing, f"{missing} not in: {error.value}"


def test_the_form_of_the_faces(tree):
    tree(subject=5, session=2)
    faces = ckplus.read(tree(subject=132, session=1), size=16)
    assert faces.sizes == {"face": 6, "y": 16, "x": 16}
    assert list(faces["id"].values) == [
        *(f"S005_002_0000000{i}" for i in (3, 4, 5)),
        *(f"S132_001_0000000{i}" for i in (3, 4, 5)),
    ]
    assert list(faces["group"].values) == [5] * 3 + [132] * 3
    assert faces["group"].dtype == np.int64
    assert set(faces["split"].values) == {""}
    assert set(faces["source"].values) == {"ckplus"}
    np.testing.assert_array_equal(faces["image"], np.tile(np.array([30, 40, 50])[:, None, None], (2, 16, 16)))


def test_a_set_on_another_disk_that_is_linked_in(tree, tmp_path):
    tree(subject=5, session=2)
    (tmp_path / "disk").mkdir()
    (tmp_path / "cohn-kanade-images" / "S005").rename(tmp_path / "disk" / "S005")
    (tmp_path / "cohn-kanade-images" / "S005").symlink_to(tmp_path / "disk" / "S005")
    assert ckplus.read(tmp_path, size=16).sizes["face"] == 3


@pytest.mark.parametrize(
    ("length", "skip", "kept"),
    [
        (1, 0.4, 1),
        (2, 0.4, 2),
        (3, 0.4, 2),
        (4, 0.4, 3),
        (5, 0.4, 3),
        (10, 0.4, 6),
        (11, 0.4, 7),
        (5, 0, 5),
        (5, 0.9, 1),
    ],
)
def test_the_start_of_a_sequence_is_left_out(tree, length, skip, kept):
    faces = ckplus.read(tree(pictures=length), skip=skip)
    assert [int(name[-8:]) for name in faces["id"].values] == list(range(length - kept + 1, length + 1))


def test_every_code(tree):
    for code in range(8):
        path = tree(session=code + 1, pictures=1, label=f"   {code:.7e}\n")
    expected = [UNKNOWN if name is None else EMOTIONS.index(name) for name in CODES]
    np.testing.assert_array_equal(ckplus.read(path)["emotion"], expected)


def test_a_sequence_that_nobody_labelled_keeps_its_rows(tree):
    tree(session=1, label=None)
    path = tree(session=2)
    (path / "Emotion/S005/001").rmdir()
    np.testing.assert_array_equal(ckplus.read(path)["emotion"], [UNKNOWN] * 3 + [EMOTIONS.index("disgust")] * 3)


def test_what_a_system_hides_among_the_files_is_no_picture(tree):
    path = tree()
    for place in ("cohn-kanade-images/.DS_Store", "cohn-kanade-images/S005/001/._S005_001_00000001.png"):
        (path / place).write_text("hidden")
    (path / "Emotion/S005/001/._S005_001_00000005_emotion.txt").write_text("hidden")
    assert ckplus.read(path).sizes["face"] == 3


def test_a_face_is_cropped_by_one_box_for_its_sequence(tree, portrait):
    pictures = np.full((3, 240, 320), 128, np.uint8)
    for picture, shift in zip(pictures[:2], (0, 9), strict=True):
        picture[40:190, 80 + shift : 230 + shift] = portrait
    box = face_box(pictures[0])
    assert box is not None
    expected = [crop(picture, box, 48) for picture in pictures]  # of the last, where no face is, too
    np.testing.assert_array_equal(ckplus.read(tree(pictures=pictures), skip=0, size=48)["image"], expected)


def test_the_box_comes_from_the_first_picture_with_a_face(tree, portrait):
    pictures = np.full((2, 240, 320), 128, np.uint8)
    pictures[1, 40:190, 80:230] = portrait
    faces = ckplus.read(tree(pictures=pictures), skip=0, size=48)
    np.testing.assert_array_equal(faces["image"][1], crop(pictures[1], face_box(pictures[1]), 48))


def test_colour_and_other_sizes(tree):
    colour = np.full((24, 30, 3), (200, 100, 50), np.uint8)
    tree(subject=5, pictures=[colour])
    faces = ckplus.read(tree(subject=6, pictures=[np.full((30, 30), 9, np.uint8)]), size=16)
    luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50  # ITU-R BT.601
    np.testing.assert_allclose(faces["image"].values[:, 0, 0], [luma, 9], atol=0.5)


def test_a_subject_never_stands_on_two_sides(tree):
    for subject in range(1, 13):
        for session in (1, 2):
            path = tree(subject, session, label=f"{1 + session}")
    faces = splits.assign_splits(ckplus.read(path, size=8), (0.5, 0.25, 0.25))
    sides = {(group, split) for group, split in zip(faces["group"].values, faces["split"].values, strict=True)}
    assert len(sides) == 12
    assert {split for _, split in sides} == {"train", "validation", "test"}


@pytest.mark.parametrize("label", ["", "happy", "3 4", "8.0000000e+00", "-1", "2.5", "nan", "\x00"])
def test_a_label_that_is_none(tree, label):
    path = tree(label=label)
    file = path / "Emotion/S005/001/S005_001_00000005_emotion.txt"
    fault(path, str(file), repr(label), "expected one number", "0 neutral", "2 contempt", "7 surprise")


def test_two_labels_of_one_sequence(tree):
    path = tree()
    (path / "Emotion/S005/001/S005_001_00000004_emotion.txt").write_text("1")
    fault(path, str(path / "Emotion/S005/001"), "labels of one sequence", "one or none")


@pytest.mark.parametrize("folder", ["cohn-kanade-images", "Emotion"])
def test_a_folder_is_missing(tree, folder):
    path = tree()
    (path / folder).rename(path / "elsewhere")
    fault(path, f"{path}: no folder {folder}/, found ", "elsewhere/", "S005_001_00000001.png", "_emotion.txt")


def test_the_set_as_it_is_distributed_is_to_be_unpacked(tmp_path):
    for name in ("extended-cohn-kanade-images.zip", "Emotion_labels.zip"):
        (tmp_path / name).write_bytes(b"")
    fault(tmp_path, "found Emotion_labels.zip, extended-cohn-kanade-images.zip: ", "unpack the archives")
    fault(tmp_path / "Emotion_labels.zip", "is a file: expected a folder", "unpack it")


def test_nothing_is_there(tmp_path):
    with pytest.raises(Missing, match="nowhere is not there: expected a folder of cohn-kanade-images/"):
        ckplus.read(tmp_path / "nowhere")


def test_no_picture(tree):
    path = tree(pictures=0)
    fault(path, str(path), "no picture", "S005_001_00000001.png")


@pytest.mark.parametrize(
    "place", ["happy.png", "S005/S005_001_00000001.png", "S005/001/1.png", "S005/001/S006_001_00000001.png"]
)
def test_a_picture_in_the_wrong_place(tree, place):
    path = tree()
    stray = path / "cohn-kanade-images" / place
    Image.fromarray(np.zeros((24, 32), np.uint8)).save(stray)
    fault(path, str(stray), "expected", "S005/001/S005_001_00000001.png")


@pytest.mark.parametrize("name", ["S005_001_00000004.JPG", "S005_001_00000004.bmp", "S005_001_00000004"])
def test_a_picture_of_another_format_or_name_is_read(tree, name):
    path = tree()
    frame = path / "cohn-kanade-images/S005/001/S005_001_00000004.png"
    with Image.open(frame) as picture:
        picture.save(frame.with_name(name), {"JPG": "JPEG"}.get(name[-3:], "BMP"))
    frame.unlink()
    np.testing.assert_array_equal(ckplus.read(path, size=16)["image"][:, 0, 0], [30, 40, 50])


def test_a_picture_that_stands_there_twice(tree):
    path = tree()
    frame = path / "cohn-kanade-images/S005/001/S005_001_00000004.png"
    Image.open(frame).save(frame.with_suffix(".jpg"))
    fault(path, f"{frame.with_suffix('.jpg')} and {frame.name}", "expected one")


def test_a_frame_that_is_no_picture(tree):
    path = tree()
    frame = path / "cohn-kanade-images/S005/001/S005_001_00000004.png"
    frame.rename(frame.with_suffix(".part")).write_text("half")
    fault(path, f"{frame.with_suffix('.part')} is not a picture")


@pytest.mark.parametrize(
    "place",
    [
        "S005_001_00000005_emotion.txt",
        "S005/S005_001_00000005_emotion.txt",
        "S005/001/S005_002_00000005_emotion.txt",
        "S005/001/S005_001_00000005_emotion (1).txt",
        "S005/001/label.TXT",
    ],
)
def test_a_label_in_the_wrong_place(tree, place):
    tree(session=2)
    path = tree()
    (path / "Emotion/S005/001/S005_001_00000005_emotion.txt").rename(path / "Emotion" / place)
    fault(path, str(path / "Emotion" / place), "not where a label", "S005/001/S005_001_00000011_emotion.txt")


def test_a_label_with_its_suffix_in_capitals_counts(tree):
    path = tree()
    label = path / "Emotion/S005/001/S005_001_00000005_emotion.txt"
    label.rename(label.with_suffix(".TXT"))
    assert set(ckplus.read(path)["emotion"].values) == {EMOTIONS.index("disgust")}


def test_no_label(tree):
    path = tree(label=None)
    fault(path, f"{path}: no label in Emotion/", "_emotion.txt")


def test_labels_without_pictures_are_warned_of(tree):
    tree(session=2, pictures=0)
    path = tree(session=1)
    with pytest.warns(UserWarning, match=r"a label and without pictures: 1 \(S005/002\)") as said:
        assert ckplus.read(path).sizes["face"] == 3
    assert said[0].filename == __file__


@pytest.mark.parametrize("left", [0, 0.01, 0.5, 0.9])
def test_a_corrupt_picture(tree, left):
    path = tree(pictures=list(np.random.default_rng(0).integers(0, 256, (5, 24, 32), np.uint8)))
    file = path / "cohn-kanade-images/S005/001/S005_001_00000004.png"
    content = file.read_bytes()
    file.write_bytes(content[: int(left * len(content))])
    fault(path, str(file), "not a picture that can be read")


def test_a_picture_of_too_many_pixels(tree):
    path = tree()
    file = path / "cohn-kanade-images/S005/001/S005_001_00000004.png"
    Image.new("1", (20_000, 20_000)).save(file)
    fault(path, str(file), "more than 179 million pixels")


@pytest.mark.parametrize("skip", [-0.1, 1, 40])
def test_skip_is_a_share(tree, skip):
    fault(tree(), f"skip is {skip}", "from 0 to below 1", skip=skip)
