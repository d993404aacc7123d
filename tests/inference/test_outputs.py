"""What is asked for would replace what is read: refused before any model is opened."""

import os
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from mien.engine import store
from mien.inference import files, outputs, tables
from mien.inference.predictor import BOX, Predictor
from mien.live.writer import Writer


@pytest.fixture
def unopened(monkeypatch):
    """Whatever opens a model fails."""

    def fail(*arguments, **options):
        raise AssertionError("a model is opened")

    monkeypatch.setattr(Predictor, "open", fail)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to be in, with pictures and a clip that are told apart by their bytes; each has a link or two."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "album" / "seen").mkdir(parents=True)
    for name in ("album/photo.png", "album/sunset.jpg", "album/seen/photo.png", "clip.mp4"):
        write(tmp_path / name)
    write(tmp_path / "holiday.mp4")
    os.link("clip.mp4", "hard.mp4")
    (tmp_path / "soft.mp4").symlink_to("clip.mp4")
    (tmp_path / "way").symlink_to("album")
    return tmp_path


def write(path, **options):
    if path.suffix == ".mp4":
        path.write_bytes(b"a clip")
    else:
        Image.fromarray(np.full((8, 8), len(str(path)), np.uint8)).save(path, **options)
    return path


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("predict album/photo.png --save album", "--save album would replace album/photo.png"),
        ("predict album/photo.png --save ./album/../way", "would replace album/../way/photo.png"),
        ("predict album/sunset.jpg album/seen/photo.png --save album", "--save album would replace album/photo.png"),
        ("predict album --save album/seen", "--save album/seen would replace album/seen/photo.png"),
        ("predict album --save album/photo.png", "--save album/photo.png is a file: name a folder"),
        ("predict album --csv album/sunset.jpg", "--csv would replace album/sunset.jpg, which is to be read: name"),
        ("predict album --csv new.txt --json ./new.txt", "--csv and --json both name new.txt: name two files"),
        ("predict album --json way", "--json way is a folder: name a file"),
        ("video clip.mp4 --csv out --figure out", "--csv and --figure both name out: name two files"),
        ("predict way --json album/photo.png", "--json would replace way/photo.png, which is to be read, by the name"),
        ("video clip.mp4 --save clip.mp4", "--save would replace clip.mp4, which is to be read: name another file"),
        ("video clip.mp4 --save way/../clip.mp4", "which is to be read, by the name of way/../clip.mp4: name another"),
        ("video clip.mp4 --save soft.mp4", "--save would replace clip.mp4, which is to be read, by the name of soft"),
        ("video soft.mp4 --csv hard.mp4", "--csv would replace soft.mp4, which is to be read, by the name of hard.mp4"),
        (
            "video clip.mp4 --save holiday.mp4",
            "--save would replace holiday.mp4, which may be yours: name another file",
        ),
        ("video clip.mp4 --save new.avi", "--save new.avi: it becomes an mp4 file, name one that ends in .mp4"),
        ("live --record holiday.mp4", "--record would replace holiday.mp4, which may be yours: name another file"),
        (
            "predict album/sunset.jpg --save new --csv new/sunset.png",
            "--save new and --csv both write new/sunset.png: ",
        ),
        ("predict album/sunset.jpg --save new --json ./new", "--save new and --json both write new: name another file"),
        ("predict album/sunset.jpg --csv album/photo.png/a.csv", "album/photo.png is no folder"),
        ("video clip.mp4 --figure album/photo.png", "--figure would replace album/photo.png, which may be yours: name"),
        ("video clip.mp4 --figure new", "--figure new: it becomes a PNG file, name one that ends in .png"),
        ("video clip.mp4 --figure new.xyz", "--figure new.xyz: it becomes a PNG file, name one that ends in .png"),
        (f"video clip.mp4 --csv {'a' * 300}", "aaa: File name too long"),
        (f"predict {'a' * 300}.jpg", "aaa.jpg: File name too long"),
        ("video hard.mp4 --figure clip.mp4", "--figure would replace hard.mp4, which is to be read, by the name of"),
    ],
)
def test_what_would_replace_a_file_that_is_read_is_refused_before_any_work(arguments, said, mien, home, unopened):
    before = contents(home)
    result = mien(*arguments.split())
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1)
    assert said in result.output
    assert contents(home) == before


def test_any_spelling_of_a_path_is_the_same_file_where_the_file_system_says_so(home):
    if not (home / "CLIP.MP4").exists():
        pytest.skip("names differ by their case on this file system")
    with pytest.raises(ValueError, match="by the name of .*CLIP.MP4"):
        outputs.check([home / "clip.mp4"], {"--save": home / "CLIP.MP4"})


def test_an_annotated_video_may_be_replaced_by_another(home):
    with Writer(home / "new.mp4", 10.0, (64, 48)) as video:
        video.write(np.zeros((48, 64, 3), np.uint8))
    outputs.check_video("--save", home / "new.mp4")


@pytest.mark.skipif(os.name != "posix", reason="this system has no such pipes")
@pytest.mark.parametrize(
    "arguments", ["video clip.mp4 --figure pipe", "video clip.mp4 --save pipe", "live --record pipe"]
)
def test_a_picture_or_a_video_cannot_go_through_a_pipe(arguments, mien, home, unopened):
    os.mkfifo("pipe")
    result = mien(*arguments.split())
    assert (result.exit_code, result.output) == (2, f"mien: {arguments.split()[-2]} pipe is no file: name a file\n")
    outputs.check([], {"--csv": home / "pipe"})


def test_a_time_line_may_be_replaced_by_another(home):
    store.save_figure(Figure(), home / "line.png", outputs.SOFTWARE)
    outputs.check_figure("--figure", home / "line.png")


def test_links_in_a_ring_are_refused(home):
    for one, other in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        (home / one).symlink_to(home / other)
    with pytest.raises(ValueError, match=r"--csv .*a.csv: its links lead nowhere"):
        outputs.check([], {"--csv": home / "a.csv"})
    (home / "new.csv").symlink_to(home / "to_be_made.csv")
    outputs.check([], {"--csv": home / "new.csv"})


def test_a_table_of_its_own_suffix_may_be_replaced_and_no_other_file(home):
    (home / "old.csv").touch()
    outputs.check([home / "clip.mp4"], {"--csv": home / "old.csv", "--save": home / "new.mp4", "--json": None})
    with pytest.raises(ValueError, match=r"--csv would replace .*photo.png, which may be yours: .* ends in .csv"):
        outputs.check([], {"--csv": home / "album" / "photo.png"})


def test_what_was_saved_is_left_out_when_its_folder_is_looked_at_again_and_may_be_replaced(home):
    photo, saved = home / "album" / "photo.png", home / "album" / "mine" / "photo.png"
    looked = files.Looked(photo, np.zeros((8, 8, 3), np.uint8), pd.DataFrame(columns=BOX))
    tables.save_picture(looked, saved, SimpleNamespace(classes=()), heat=False)
    with pytest.warns(UserWarning, match="^1 pictures are left out: `mien predict --save` has made them$"):
        found = files.found([home / "album"])
    assert found == [home / "album" / name for name in ("photo.png", "seen/photo.png", "sunset.jpg")]
    assert files.found([saved]) == [saved]  # who names it wants it
    outputs.check_pictures(saved.parent, {photo: saved.name}, {})
    with pytest.raises(ValueError, match="would replace .*photo.png"):
        outputs.check_pictures(saved.parent, {saved: saved.name}, {})
