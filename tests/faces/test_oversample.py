"""Folders enlarged on disk: to how many, from which pictures, and what is left alone."""

import io
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console

from mien.engine import store
from mien.faces import distortions, export, oversample
from mien.faces.pictures import parent
from mien.faces.table import as_faces
from mien.vocabulary.labels import EMOTIONS, UNKNOWN


def noise(seed, shape=(12, 12)):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def put(folder, names, suffix=".png"):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(noise([*name.encode()])).save(folder / f"{name}{suffix}")


@pytest.fixture
def tmp_path(tmp_path):
    """Pytest's is called after the test, and so as one that is held out; this one says no split."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.fixture
def tree(tmp_path):
    """Three classes to train on, of 5, 2 and 1 pictures, and pictures that are held out."""
    folder = tmp_path / "data"
    put(folder / "train" / "happy", "abcde")
    put(folder / "train" / "sad", "fg", ".bmp")
    put(folder / "train" / "fear", "h", ".webp")
    put(folder / "test" / "happy", "ij")
    put(folder / "validation" / "sad", "k")
    return folder


def run(folder, to, seed=0):
    """Whether nothing was amiss, and what was said."""
    said = io.StringIO()
    return oversample.run(folder, to, seed, Console(file=said, width=200)), said.getvalue()


def pictures(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def count(folder):
    return Counter(str(Path(path).parent) for path in pictures(folder))


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_every_small_class_has_the_number_and_no_other_changes(tree):
    held_out = {split: store.digest(tree / split) for split in ("test", "validation")}
    well, said = run(tree, 4)
    assert well
    assert count(tree) == {"train/happy": 5, "train/sad": 4, "train/fear": 4, "test/happy": 2, "validation/sad": 1}
    assert held_out == {split: store.digest(tree / split) for split in held_out}
    assert "left alone: test, validation\n" in said
    rows = {tuple(line.replace("│", " ").split()) for line in said.splitlines()}
    assert {("train/happy", "5", "5", "0"), ("train/sad", "2", "4", "0"), ("train/fear", "1", "4", "0")} <= rows


def test_copies_are_png_files_named_after_a_parent_beside_them(tree):
    run(tree, 20)
    copies = sorted(tree.rglob("*~*"))
    assert len(copies) == 15 + 18 + 19
    for copy in copies:
        assert copy.suffix == ".png"
        assert any(path.stem == parent(copy) for path in copy.parent.iterdir())
    assert {copy.name for copy in copies if parent(copy) == "h"} == {
        "h~flip.png",
        *(f"h~{kind}{n}.png" for kind in ("elastic", "grid", "optical") for n in ("", *range(2, 7))),
    }


def test_a_picture_that_is_too_long_to_distort_is_named_and_the_others_are_copied(tree):
    label = next(folder for folder in sorted(tree.rglob("*")) if folder.is_dir() and any(folder.glob("*.png")))
    Image.fromarray(np.zeros((40_000, 1), np.uint8)).save(label / "long.png")
    stock = oversample.take_stock(label)
    assert "long.png is longer than 32,767 pixels; skipped" in stock.problems[0]
    assert label / "long.png" not in stock.originals


def test_a_second_run_adds_nothing(tree):
    run(tree, 9)
    before = store.digest(tree)
    assert run(tree, 9)[0]
    assert store.digest(tree) == before


def test_a_larger_number_goes_on_as_if_asked_for_at_once(tree, tmp_path):
    put(tmp_path / "same" / "sad", "fg", ".bmp")
    run(tmp_path / "same", 17)
    run(tree, 5)
    run(tree, 17)
    assert store.digest(tree / "train" / "sad") == store.digest(tmp_path / "same" / "sad")


def test_the_seed_decides_every_byte(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        put(tmp_path / name / "sad", "fgh")
        run(tmp_path / name, 24, seed)
    a, b, c = (tmp_path / name for name in "abc")
    assert store.digest(a) == store.digest(b)
    same = [path for path in set(pictures(a)) & set(pictures(c)) if (a / path).read_bytes() == (c / path).read_bytes()]
    assert all("~" not in path or "~flip" in path for path in same)


def test_copies_of_one_class_differ_in_more_than_their_names(tree):
    run(tree, 30)
    for label in ("happy", "sad", "fear"):
        assert len({pixels(path).tobytes() for path in (tree / "train" / label).iterdir()}) == 30


def test_a_flip_on_disk_is_the_mirrored_picture(tree):
    run(tree, 25)  # enough for every picture to have met every kind
    flips = sorted(tree.rglob("*~flip.png"))
    assert len(flips) == 8
    for flip in flips:
        (original,) = (path for path in flip.parent.iterdir() if path.stem == parent(flip))
        np.testing.assert_array_equal(pixels(flip), pixels(original)[:, ::-1])


@given(n=st.integers(1, 7), made=st.integers(0, 60), seed=st.integers(0, 99))
def test_parents_are_used_evenly_and_meet_every_kind_before_one_comes_again(n, made, seed):
    originals = [Path("nowhere", f"{i}.png") for i in range(n)]
    planned = list(islice(oversample.copies(originals, seed), made))
    assert len({copy for *_, copy in planned}) == made
    used = [sum(original == path for original, *_ in planned) for path in originals]
    assert max(used) - min(used) <= 1
    for path in originals:
        kinds = [kind for original, kind, _ in planned if original == path]
        fields = [kind for kind in kinds[4:] if kind != "flip"]
        assert len(fields) == len(kinds[4:])
        for i, together in ((0, kinds[:4]), *((i, fields[i : i + 3]) for i in range(0, len(fields), 3))):
            assert len(set(together)) == len(together), i


def test_a_copy_is_never_copied(tmp_path):
    put(tmp_path / "sad", ["a", "a~flip"])
    assert run(tmp_path, 6)[0]
    assert len(pictures(tmp_path)) == 6
    assert all(name.count("~") <= 1 for name in pictures(tmp_path))


def test_nothing_is_overwritten_where_two_pictures_share_a_name(tmp_path):
    put(tmp_path / "sad", "a")
    put(tmp_path / "sad", "a", ".bmp")
    run(tmp_path, 12)
    assert len(pictures(tmp_path)) == 12


@pytest.mark.parametrize(
    ("mode", "kept"),
    [(m, m) for m in ("L", "LA", "RGB", "RGBA", "I;16")] + [("1", "L"), ("P", "RGB")],
)
def test_modes_stay(mode, kept, tmp_path):
    image = Image.fromarray(noise(0, (9, 14)))
    if mode == "I;16":
        image = Image.fromarray(noise(0, (9, 14)).astype(np.uint16) * 257)
    (tmp_path / "sad").mkdir()
    image.convert(mode).save(tmp_path / "sad" / "a.png")
    run(tmp_path, 5)
    for path in (tmp_path / "sad").glob("*~*"):
        with Image.open(path) as copy:
            assert (copy.mode, copy.size) == (kept, (14, 9))


def test_a_photograph_that_lies_on_its_side_is_copied_upright(tmp_path):
    (tmp_path / "sad").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by 90 degrees
    Image.fromarray(noise(0, (9, 14))).save(tmp_path / "sad" / "a.jpg", exif=exif)
    run(tmp_path, 5)
    stored = pixels(tmp_path / "sad" / "a.jpg")
    np.testing.assert_array_equal(pixels(tmp_path / "sad" / "a~flip.png"), np.rot90(stored, -1)[:, ::-1])


def test_a_folder_without_splits_is_training_data(tmp_path):
    put(tmp_path / "sad", "ab")
    well, said = run(tmp_path, 3)
    assert well
    assert "no folders of splits: it is treated as training data" in said
    assert count(tmp_path) == {"sad": 3}


@pytest.mark.parametrize("train", ["train", "Training", "TRAIN"])
@pytest.mark.parametrize("held_out", ["validation", "valid", "val", "test", "Test", "PublicTest", "PrivateTest"])
def test_names_of_splits(train, held_out, tmp_path):
    put(tmp_path / train / "sad", "a")
    put(tmp_path / held_out / "sad", "b")
    assert f"left alone: {held_out}\n" in run(tmp_path, 3)[1]
    assert count(tmp_path) == {f"{train}/sad": 3, f"{held_out}/sad": 1}


def test_other_words_for_splits_and_litter_of_systems(tmp_path):
    put(tmp_path / "training set" / "sad", ["a", "testing_c"])
    put(tmp_path / "hold-out" / "sad", "b")
    for folder in (tmp_path, tmp_path / "training set", tmp_path / "training set" / "sad"):
        (folder / "@eaDir" / "a.png").mkdir(parents=True)
        (folder / "Thumbs.db").touch()
        (folder / "desktop.ini").touch()
    well, said = run(tmp_path, 3)
    assert well
    assert "left alone: hold-out\n" in said
    assert "eaDir" not in said
    assert {path.name.partition("~")[0] for path in tmp_path.rglob("*~*")} == {"a"}


def test_the_pictures_that_mien_extract_writes(tmp_path):
    """Their split is in their names, and faces without a label lie in a folder of their own."""
    emotion = [3, 3, 3, 4, 4, 4, UNKNOWN]
    split = ["train", "validation", "test", "train", "train", "test", "train"]
    table = as_faces(noise(0, (7, 8, 8)), emotion, split, [*"abcdefg"], "made")
    export.write_pictures(table, tmp_path / "pictures")
    for label in set(EMOTIONS) - {"happy", "sad"}:
        (tmp_path / "pictures" / label).rmdir()
    well, said = run(tmp_path / "pictures", 4)
    assert well
    assert "left alone: unknown\n" in said
    assert "left alone: 3 files whose names begin with the name of another split" in said
    made = [path for path in pictures(tmp_path / "pictures") if "~" in path]
    assert Counter(path.partition("~")[0] for path in made) == {"happy/train_a": 3, "sad/train_d": 1, "sad/train_e": 1}


def test_the_name_of_a_file_says_more_than_its_folder(tmp_path):
    put(tmp_path / "train" / "sad", ["Training_1", "PublicTest_2", "PrivateTest_3"])
    run(tmp_path, 5)
    assert {parent(path) for path in tmp_path.rglob("*~*")} == {"Training_1"}
    assert count(tmp_path) == {"train/sad": 7}


def test_what_is_no_picture_is_named_and_does_not_count(tree):
    broken, whole = tree / "train" / "sad" / "broken.png", (tree / "train" / "sad" / "f.bmp").read_bytes()
    broken.write_text("not a picture")
    (broken.parent / "cut.bmp").write_bytes(whole[: len(whole) // 2])
    (broken.parent / "notes.txt").write_text("nor is this")
    (broken.parent / ".DS_Store").write_text("nobody's business")
    well, said = run(tree, 6)
    assert not well
    assert f"{broken} is not a picture that can be read" in said
    assert "cut.bmp is not a picture that can be read" in said
    assert "notes.txt is not a picture; skipped" in said
    assert ".DS_Store" not in said
    assert ("train/sad", "2", "6", "3") in {tuple(line.replace("│", " ").split()) for line in said.splitlines()}
    assert count(tree)["train/sad"] == 6 + 4


def test_a_class_without_pictures_is_named_and_the_others_go_on(tree):
    (tree / "train" / "angry").mkdir()
    well, said = run(tree, 6)
    assert not well
    assert f"{tree / 'train' / 'angry'} has no picture to copy" in said
    assert count(tree)["train/fear"] == 6


def test_a_class_that_only_other_splits_have_is_named(tree):
    put(tree / "test" / "disgust", "l")
    put(tree / "test" / "unknown", "m")
    well, said = run(tree, 2)
    assert well
    assert "train has no disgust, which test has\n" in said
    assert not (tree / "train" / "disgust").exists()


@pytest.mark.parametrize("content", [[], ["sad"], ["a/b/sad"], ["train"], ["train/sad", "test/sad"]])
def test_no_pictures_at_all(content, tmp_path):
    for folder in content:
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(ValueError, match="no training pictures in .*: expected <label>"):
        run(tmp_path, 5)


def test_a_test_set_is_not_enlarged(tree, tmp_path):
    put(tmp_path / "other" / "PublicTest" / "sad", "a")
    put(tmp_path / "FER2013_test" / "sad", "a")
    put(tmp_path / "Test_x" / "sad", "a")
    for folder in (tree / "test", tmp_path / "other", tmp_path / "FER2013_test", tmp_path / "Test_x"):
        with pytest.raises(ValueError, match="holds validation or test pictures and no folder `train`"):
            run(folder, 5)
    assert not list(tmp_path.rglob("*~*"))


def test_a_folder_for_training_is_enlarged_wherever_it_lies_and_one_that_may_not_be_is_left_alone(tmp_path):
    for split in ("train", "not_for_training"):
        put(tmp_path / "my_test" / split / "sad", "a")
    assert "left alone: not_for_training\n" in run(tmp_path / "my_test", 3)[1]
    assert count(tmp_path / "my_test") == {"train/sad": 3, "not_for_training/sad": 1}


def test_a_name_to_which_nothing_can_be_added_is_said_and_the_others_go_on(tmp_path):
    put(tmp_path / "sad", ["a" * 245, "b"])
    whole, said = run(tmp_path, 5)
    assert not whole
    assert f"{'a' * 245}.png has too long a name to add to it; not copied" in said
    assert len(pictures(tmp_path)) == 5


def test_a_failure_half_way_leaves_whole_pictures_only(tree, monkeypatch):
    done = []

    def full(path, kind, rng):
        if len(done) == 3:
            raise OSError(28, "No space left on device")
        done.append(kind)
        return noise(0)

    monkeypatch.setattr(distortions, "distort", full)
    with pytest.raises(OSError, match="^cannot write into .* \\(No space left on device\\): what is there is whole$"):
        run(tree / "train", 9)
    assert [pixels(path).shape for path in tree.rglob("*~*")] == [(12, 12)] * 3
    assert not list(tree.rglob(".*"))
