"""The command `mien predict`, run on files that the tests write, with a model that ships."""

import json
import os
import sys
import weakref
from functools import partial
from unicodedata import normalize

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from rich.console import Console

from mien.inference import files, tables
from mien.vocabulary.labels import EMOTIONS


@pytest.fixture(scope="module")
def folder(tmp_path_factory, portrait):
    """A face, two faces, none; and what is no picture."""
    folder = tmp_path_factory.mktemp("pictures") / "ein Ordner 表情"
    folder.mkdir()
    one, two = np.full((300, 300, 3), 128, np.uint8), np.full((300, 700), 128, np.uint8)
    one[80:230, 60:210] = portrait[..., None]
    two[100:250, 30:180] = portrait
    two[:, 380:680] = np.kron(portrait, np.ones((2, 2), np.uint8))
    Image.fromarray(one).save(folder / "10 one.png")
    Image.fromarray(two).save(folder / "9 two.jpg")
    Image.fromarray(np.full((200, 200), 90, np.uint8)).save(folder / "none.bmp")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    (folder / "notes.txt").write_text("no picture either, and none by its name")
    return folder


@pytest.fixture(scope="module")
def run(mien):
    return partial(mien, "predict")


@pytest.fixture(scope="module")
def done(run, folder, tmp_path_factory):
    """The command, run once with all it can write."""
    out = tmp_path_factory.mktemp("out")
    result = run(folder, "--csv", out / "faces.csv", "--json", out / "faces.json", "--save", out, "--heatmap")
    return result, out


def test_every_face_is_a_row_of_the_files(done, folder):
    _, out = done
    table = pd.read_csv(out / "faces.csv")
    assert table["file"].tolist() == [str(folder / name) for name in ("9 two.jpg", "9 two.jpg", "10 one.png")]
    assert table["face"].tolist() == [1, 2, 1]
    assert (table.loc[0, "right"] - table.loc[0, "left"]) / (table.loc[1, "right"] - table.loc[1, "left"]) > 1.7
    np.testing.assert_allclose(table[[*EMOTIONS]].sum(axis=1), 1, atol=1e-4)
    assert (table["expression"] == table[[*EMOTIONS]].idxmax(axis=1)).all()
    assert {*table["eye_state"].dropna()} <= {"closed", "narrowed", "open", "wide"}
    assert table["eye_state"].notna().all()
    objects = json.loads((out / "faces.json").read_text(encoding="utf-8"))
    assert [face["expression"] for face in objects] == table["expression"].tolist()


def test_a_picture_that_moves_is_looked_at_once_and_that_is_said(run, tmp_path, portrait):
    still, other = Image.fromarray(portrait), Image.fromarray(portrait[::-1])
    still.save(tmp_path / "a.gif", save_all=True, append_images=[other])
    result = run(tmp_path, "--face-is-crop")
    assert result.exit_code == 0
    assert "a.gif moves: only its first frame is looked at\n" in result.output
    assert "1 faces in 1 pictures" in result.output


def test_what_cannot_be_read_is_named_at_the_end_and_in_the_exit_code(done, folder):
    result, _ = done
    assert result.exit_code == 1
    assert "3 faces in 3 pictures" in result.output
    assert f"\n{folder / 'broken.jpg'} is not a picture that can be read (it is of no kind" in result.output
    assert "notes.txt" not in result.output


def test_saved_pictures_show_what_was_found_and_leave_the_files_alone(done, folder):
    _, out = done
    assert {path.name for path in out.glob("*.png")} == {"9 two.png", "10 one.png", "none.png"}
    before, after = (np.asarray(Image.open(path)) for path in (folder / "10 one.png", out / "10 one.png"))
    changed = (before != after).any(axis=-1)
    assert changed[100:230, 60:210].mean() > 0.3  # the map over the face
    assert not changed[250:].any()


def test_faces_that_are_crops_are_not_looked_for(run, tmp_path, crops):
    for i, crop in enumerate(crops[:20]):
        Image.fromarray(crop).save(tmp_path / f"{i}.png")
    result = run(tmp_path, "--face-is-crop", "--csv", tmp_path / "faces.csv")
    assert result.exit_code == 0
    table = pd.read_csv(tmp_path / "faces.csv")
    assert len(table) == 20
    assert (table[["left", "top", "right", "bottom"]] == [0, 0, 48, 48]).all(axis=None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.png"], "nowhere.png is not there"),
        (["."], "no picture in ."),
        (["s.wav"], "s.wav is not a picture"),
        (["a.png", "--model", "large-emotion7"], "there is no pretrained large-emotion7: there are"),
    ],
)
def test_what_cannot_be_done_is_one_line(run, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if "s.wav" in arguments:
        (tmp_path / "s.wav").write_bytes(b"RIFF")
    if "--model" in arguments:
        Image.fromarray(np.zeros((60, 60), np.uint8)).save(tmp_path / "a.png")
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_named_twice_is_looked_at_once(folder):
    assert files.found([folder / "none.bmp", folder]) == [
        folder / name for name in ("none.bmp", "9 two.jpg", "10 one.png", "broken.jpg")
    ]


def test_files_of_one_name_are_saved_under_different_ones(tmp_path):
    paths = [tmp_path / name for name in ("a/1.png", "b/1.png", "b/1.jpg", "2.png")]
    names = tables.names(paths)
    assert names[paths[0]] == "1.png"
    assert names[paths[1]] == "b_1.png"
    assert len({*names.values()}) == 4


def test_files_of_one_name_are_shown_with_the_folders_that_tell_them_apart(capsys):
    files = ("1.png", "a/1.png", "c/b/1.png", "2.png", "c/d/3.png")
    table = pd.DataFrame({"file": files, "face": 1, "left": 0, "right": 9, "eye_state": None})
    tables.show(table, (), Console())
    names = [line.split()[1] for line in capsys.readouterr().out.splitlines() if ".png" in line]
    assert names == ["1.png", "a/1.png", "b/1.png", "2.png", "3.png"]


def test_names_that_a_file_system_may_take_for_one_are_two(tmp_path):
    names = ("Face.jpg", "face.png", "FACE.webp", "caf\u00e9.png", "cafe\u0301.jpg")
    saved = tables.names([tmp_path / name for name in names]).values()
    assert len({normalize("NFC", name).casefold() for name in saved}) == 5


@pytest.mark.parametrize("letter", ["b", "김", "😀"])
def test_a_name_as_long_as_a_file_system_takes_is_saved_too(letter, run, tmp_path, crop):
    letters = 250 // len(letter.encode())
    for last in "12":
        crop.save(tmp_path / f"{(letters - 1) * letter}{last}.png")
    assert run(tmp_path, "--face-is-crop", "--save", tmp_path / "seen").exit_code == 0
    assert len([*(tmp_path / "seen").iterdir()]) == 2


def test_with_a_model_file_that_is_not_mediapipes_faces_are_found_all_the_same(run, folder, tmp_path, monkeypatch):
    (tmp_path / "face_landmarker.task").write_text("<!DOCTYPE html><title>Sign in</title>")
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    result = run(folder / "10 one.png", "--csv", tmp_path / "faces.csv")
    assert result.exit_code == 0
    assert "face_landmarker.task is not MediaPipe's face landmarker" in result.output
    assert "sha256 64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff" in result.output
    table = pd.read_csv(tmp_path / "faces.csv")
    assert len(table) == 1
    assert table["eye_state"].isna().all()
    refused = run(folder / "10 one.png", "--finder", "mesh")
    assert refused.exit_code == 2
    assert "is not MediaPipe's face landmarker" in refused.output


def test_who_finds_the_faces_may_be_chosen(run, folder):
    for detector in ("blaze", "mesh", "hog"):
        assert "1 faces in 1 pictures" in run(folder / "10 one.png", "--finder", detector).output
    assert "no detector 'eyes': expected one of blaze, mesh, hog" in run(folder, "--finder", "eyes").output


@pytest.fixture
def crop(crops):
    return Image.fromarray(crops[0])


def test_names_are_shown_as_they_are_on_one_line(run, tmp_path, crop, monkeypatch):
    names = ["img[bold].jpg", "[red]a.jpg", "a :smile: b.jpg", "-dash.jpg", " lead.jpg", "٢1.jpg", "a" * 200 + ".jpg"]
    for name in names:
        crop.save(tmp_path / name, "JPEG")
    deep = tmp_path / "a folder of a study with a long name" / "participant [17]" / "broken picture.jpg"
    deep.parent.mkdir(parents=True)
    deep.write_text("x")
    monkeypatch.chdir(tmp_path)
    result = run(".", "--face-is-crop", "--save", "seen")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    for name in names:
        assert sum(name in line for line in lines) == 1
    assert sum(f"{deep.relative_to(tmp_path)} is not a picture" in line for line in lines) == 1
    assert len([*(tmp_path / "seen").iterdir()]) == len(names)
    assert run("--face-is-crop", "--", "-dash.jpg").exit_code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="names are texts on this system")
def test_a_name_that_is_no_text_is_written_with_its_bytes_escaped(run, tmp_path, crop):
    crop.save(tmp_path / os.fsdecode(b"caf\xe9.png"))
    (tmp_path / os.fsdecode(b"na\xefve.jpg")).write_text("x")
    csv, json_file, seen = (tmp_path / name for name in ("faces.csv", "faces.json", "seen"))
    result = run(tmp_path, "--face-is-crop", "--csv", csv, "--json", json_file, "--save", seen)
    assert result.exit_code == 1
    assert pd.read_csv(csv)["file"].tolist() == [f"{tmp_path}/caf\\xe9.png"]
    assert json.loads(json_file.read_text(encoding="utf-8"))[0]["file"] == f"{tmp_path}/caf\\xe9.png"
    assert "caf\\xe9.png" in result.output
    assert "na\\xefve.jpg is not a picture" in result.output
    assert len([*seen.iterdir()]) == 1


def test_pictures_are_known_by_their_content_and_videos_and_litter_are_none(run, tmp_path, crop):
    album = tmp_path / "album"
    album.mkdir()
    for name, kind in (
        ("a.JFIF", "JPEG"),
        ("b.tif", "TIFF"),
        ("c.avif", "AVIF"),
        ("d", "JPEG"),
        ("e.jpg", "PNG"),
        ("f.mp4", "JPEG"),
    ):
        crop.save(album / name, kind)
    for name in ("notes.txt", "Thumbs.db", "clip.MOV"):
        (album / name).write_bytes(b"x")
    (album / "DSC1.NEF").write_bytes(b"MM\0*")
    result = run(album, "--face-is-crop")
    assert "6 faces in 6 pictures" in result.output
    assert f"1 videos in {album} are left out: see `mien video`" in result.output
    assert "DSC1.NEF is a camera's raw file: save it as JPEG or PNG" in result.output
    assert "notes.txt" not in result.output
    assert "Thumbs.db" not in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize("name", ["clip.mp4", "clip.jpg"])
def test_a_video_is_named_as_one_with_who_looks_at_it(name, run, tmp_path):
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypmp42")
    result = run(tmp_path / name)
    assert f"{name} is" in result.output
    assert "is a video: see `mien video`" in result.output
    assert result.exit_code == 2


def test_only_a_few_large_pictures_are_held_at_once(tmp_path, monkeypatch):
    held = []

    class Blind:
        def boxes(self, image):
            held.append(weakref.ref(image))
            assert sum(image() is not None for image in held) <= 3
            return []

        def look(self, images, boxes):
            return pd.DataFrame({"expression": []})

    monkeypatch.setattr(files, "PIXELS", 2_000)
    paths = [tmp_path / f"{i}.png" for i in range(8)]
    for path in paths:
        Image.new("RGB", (40, 25)).save(path)
    looked = [one.path for one in files.look_through(paths, Blind(), False, [])]
    assert looked == paths
    assert len(held) == 8


@pytest.mark.parametrize("size", [(4200, 300), (300, 200)])
def test_where_small_faces_may_be_missed_that_is_said(size, run, tmp_path):
    Image.new("L", size, 128).save(tmp_path / "a.png")
    said = run(tmp_path).output
    assert "\n1 of them show no face, or are longer than 4,096 pixels: faces of less than 80 pixels, or of a" in said
    assert "1 of them" not in run(tmp_path, "--face-is-crop").output
