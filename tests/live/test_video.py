"""The command `mien video` on clips that the tests encode, with a model that ships."""

from functools import partial

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mien.inference.eyes import STATES
from mien.live.stream import Video
from mien.live.writer import Writer
from mien.vocabulary.labels import EMOTIONS


@pytest.fixture
def clip(tmp_path, portrait):
    """Two seconds: a face goes to the right; then another one stands below, while the first stays."""
    path = tmp_path / "clip.mp4"
    with Writer(path, 10.0, (640, 480)) as video:
        for i in range(20):
            frame = np.full((480, 640, 3), 128, np.uint8)
            x = 40 + 8 * min(i, 9)
            frame[40:190, x : x + 150] = portrait[..., None]
            if i >= 10:
                frame[280:430, 400:550] = portrait[..., None]
            video.write(frame)
    return path


@pytest.fixture
def run(mien):
    return partial(mien, "video")


@pytest.fixture
def done(run, clip, tmp_path):
    written = tmp_path / "out.csv", tmp_path / "out.mp4", tmp_path / "out.png"
    result = run(clip, "--finder", "hog", "--csv", written[0], "--save", written[1], "--figure", written[2])
    assert result.exit_code == 0, result.output
    return result, *written


def test_each_face_keeps_its_number_from_frame_to_frame(done):
    table = pd.read_csv(done[1])
    first, second = (table[table["id"] == face] for face in (1, 2))
    assert set(table["id"]) == {1, 2}
    assert first["frame"].tolist() == list(range(20))
    assert second["frame"].min() >= 10
    assert second["frame"].max() == 19
    goes = first["left"].to_numpy() - 8 * first["frame"].clip(upper=9).to_numpy()
    np.testing.assert_allclose(goes, np.median(goes), atol=12)  # HOG looks in steps of some pixels
    np.testing.assert_allclose(table[[*EMOTIONS]].sum(axis=1), 1, atol=1e-4)


def test_the_annotated_video_is_as_long_and_as_large(done, clip):
    before, after = Video.open(clip), Video.open(done[2])
    assert (after.frames, after.size, after.rate) == (before.frames, before.size, before.rate)
    changed = [np.abs(a.image.astype(int) - b.image).max() for a, b in zip(before, after, strict=True)]
    assert min(changed) > 60  # boxes and bars in every frame


def test_the_figure_is_written_and_the_summary_names_both(done):
    assert done[3].stat().st_size > 10_000
    assert "face 1: 0.0 s to 1.9 s, " in done[0].output
    assert "face 2: 1." in done[0].output


def test_a_video_without_a_face_is_said(run, tmp_path):
    path = tmp_path / "empty.mp4"
    with Writer(path, 10.0, (320, 240)) as video:
        for _ in range(3):
            video.write(np.full((240, 320, 3), 128, np.uint8))
    result = run(path, "--finder", "hog", "--csv", tmp_path / "out.csv", "--figure", tmp_path / "out.png")
    assert result.exit_code == 0
    assert "no face is found" in result.output


@pytest.mark.parametrize("stands", [(200, 200, 40, 1000), (600, 40, 40, 40), (40, 40, 600, 40), (40, 40, 40, 40)])
def test_the_last_frame_is_shown_as_long_as_the_file_says(run, tmp_path, stands):
    first, *others = (Image.new("RGB", (320, 240), (20 * i, 0, 0)) for i in range(len(stands)))
    first.save(tmp_path / "clip.gif", save_all=True, append_images=others, duration=stands)
    result = run(tmp_path / "clip.gif", "--finder", "hog", "--save", tmp_path / "out.mp4")
    assert result.exit_code == 0, result.output
    *_, last = Video.open(tmp_path / "out.mp4")
    assert last.seconds + last.lasts == pytest.approx(sum(stands) / 1000)


def test_of_a_video_without_a_whole_frame_nothing_is_written(run, tmp_path, capfd):
    path = tmp_path / "cut.webm"
    whole = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), 10.0, (320, 240))
    for frame in np.random.default_rng(0).integers(0, 256, (3, 240, 320, 3), np.uint8):
        whole.write(frame)
    whole.release()
    path.write_bytes(path.read_bytes()[:5_000])
    result = run(path, "--finder", "hog", "--csv", tmp_path / "out.csv", "--save", tmp_path / "out.mp4")
    assert result.exit_code == 2
    assert "is no video that can be read: it has no whole frame" in result.output
    assert [*tmp_path.iterdir()] == [path]
    assert "ended prematurely" not in capfd.readouterr().err


def test_a_face_has_a_whole_number_where_some_frames_have_none(run, tmp_path, portrait):
    path, face = tmp_path / "late.mp4", np.full((240, 320, 3), 128, np.uint8)
    face[40:190, 80:230] = portrait[..., None]
    with Writer(path, 10.0, (320, 240)) as video:
        for image in (np.full_like(face, 128), face, face):
            video.write(image)
    result = run(path, "--finder", "hog", "--csv", tmp_path / "out.csv")
    assert "face 1: 0.1 s to 0.2 s" in result.output
    table = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert table["id"].tolist() == ["1", "1"]
    assert table["frame"].tolist() == ["1", "2"]


@pytest.mark.parametrize(("finder", "says"), [("blaze", True), ("hog", False)])
def test_of_eyes_is_said_what_help_says(run, clip, tmp_path, finder, says):
    assert "has no eye_state" in run("--help").output
    run(clip, "--finder", finder, "--csv", tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["eye_state"].isin(STATES).any() == says


@pytest.mark.parametrize(
    ("name", "message"), [("none.mp4", "is not there"), ("text.mp4", "is no video"), ("", "is a folder: name a file")]
)
def test_what_is_no_video_is_one_line(run, name, message, tmp_path):
    (tmp_path / "text.mp4").write_text("nothing moves here")
    result = run(tmp_path / name)
    assert result.exit_code == 2
    assert message in result.output
