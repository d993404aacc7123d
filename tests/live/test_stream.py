"""Videos that the tests encode, and a camera that they play themselves."""

import errno
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mien.live.stream import Unavailable, Video, Writer, camera

RED, GREEN, BLUE = (np.broadcast_to(np.uint8(c), (48, 64, 3)) for c in ((255, 0, 0), (0, 255, 0), (0, 0, 255)))


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "drei Farben 色.mp4"
    with Writer(path, 10.0, (64, 48)) as video:
        for colour in (RED, GREEN, BLUE):
            for _ in range(5):
                video.write(colour)
    return path


class Camera:
    """Has the methods of OpenCV's capture, and gives so many blue pictures."""

    def __init__(self, pictures: int, opens: bool = True):
        self.pictures, self.opens, self.released = pictures, opens, False

    def isOpened(self):
        return self.opens

    def read(self):
        self.pictures -= 1
        return self.pictures >= 0, BLUE[..., ::-1].copy()

    def release(self):
        self.released = True


def test_a_video_comes_back_as_it_was_written_in_red_green_and_blue(clip):
    frames = list(Video.open(clip))
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(15) / 10)
    for frame, colour in zip(frames, np.repeat([RED, GREEN, BLUE], 5, axis=0), strict=True):
        np.testing.assert_allclose(frame.image, colour, atol=25)  # mp4v rounds


def test_a_video_says_what_it_has(clip):
    video = Video.open(clip)
    assert (video.rate, video.frames, video.size) == (10.0, 15, (64, 48))


@pytest.fixture
def uneven(tmp_path):
    """Ten pictures of a twentieth of a second, then three of eight tenths: GIF says how long each stands."""
    stands, path = [50] * 10 + [800] * 3, tmp_path / "uneven.gif"
    first, *others = (Image.new("RGB", (64, 48), (20 * i, 0, 255 - 20 * i)) for i in range(len(stands)))
    first.save(path, save_all=True, append_images=others, duration=stands)
    return path, np.cumsum([0, *stands[:-1]]) / 1000


def test_frames_have_the_times_that_the_file_says_however_unevenly_they_come(uneven):
    path, times = uneven
    assert [frame.seconds for frame in Video.open(path)] == pytest.approx(times)


def test_a_copy_of_uneven_frames_lasts_as_long_and_has_each_at_its_time(uneven, tmp_path):
    video = Video.open(uneven[0])
    assert video.pace() == 20
    with Writer(tmp_path / "copy.mp4", video.pace(), (64, 48)) as copy:
        for frame in video:
            copy.write(frame.image, frame.seconds)
    copied = list(Video.open(tmp_path / "copy.mp4"))
    assert len(copied) / 20 == pytest.approx(10 * 0.05 + 3 * 0.8)
    for frame in video:
        shown = copied[round(20 * frame.seconds)].image
        np.testing.assert_allclose(shown, frame.image, atol=25)


PICTURE = b"\0\0\1\xb6"
"""How each picture begins in MPEG-4 (ISO/IEC 14496-2)."""


def test_of_a_video_without_a_whole_frame_one_error_says_so(clip, capfd):
    video = Video.open(clip)
    clip.write_bytes(clip.read_bytes().replace(PICTURE, bytes(4)))
    with pytest.raises(ValueError, match=r"is no video that can be read: it has no whole frame"):
        list(video)
    assert capfd.readouterr().err == ""


def test_frames_that_come_evenly_are_copied_at_their_rate(clip):
    assert Video.open(clip).pace() == 10


def test_a_picture_of_another_size_is_scaled_to_that_of_the_video(tmp_path):
    with Writer(tmp_path / "out.mp4", 10.0, (64, 48)) as video:
        video.write(RED)
        video.write(np.repeat(np.repeat(GREEN, 2, axis=0), 2, axis=1))
    assert [frame.image.shape for frame in Video.open(tmp_path / "out.mp4")] == [(48, 64, 3)] * 2


@pytest.mark.parametrize(
    "name", ["at 12:30.mp4", "file:%03d.mp4", "concat:a|b#?&.mp4", "clip", os.fsdecode(b"caf\xe9.mp4")]
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_may_have_any_character(clip, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    clip.rename(name)
    frames = list(Video.open(Path(name)))
    assert len(frames) == 15
    with Writer(Path(f"copy of {name}.mp4"), 10.0, (64, 48)) as copy:
        copy.write(frames[0].image)
    assert len(list(Video.open(copy.path))) == 1


def test_a_broken_tail_is_said_and_the_rest_is_read(clip):
    video, content = Video.open(clip), bytearray(clip.read_bytes())
    tail, end = content.rindex(PICTURE) - 40, content.rindex(b"moov") - 4
    content[tail:end] = bytes(end - tail)
    clip.write_bytes(content)
    with pytest.warns(UserWarning, match=r"breaks off after \d+ of 15 frames"):
        frames = list(video)
    assert 0 < len(frames) < 15


@given(st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_video_gives_pictures_or_one_clear_error(clip, random):
    whole = clip.read_bytes()
    content = bytearray(whole)
    for _ in range(random.randint(1, 20)):
        content[random.randrange(len(content))] = random.randrange(256)
    damaged = clip.with_name("damaged.mp4")
    damaged.write_bytes(content[: random.randint(1, len(content))] if random.random() < 0.3 else content)
    try:
        shapes, said = {frame.image.shape[2:] for frame in Video.open(damaged)}, ""
    except ValueError as error:
        shapes, said = {()}, str(error)
    assert "is no video that can be read" in said or shapes <= {(3,)}


def test_what_is_no_video(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("no pictures here")
    with pytest.raises(ValueError, match=r"notes.mp4 is no video that can be read"):
        Video.open(path)
    with pytest.raises(FileNotFoundError, match=r"other.mp4 is not there"):
        Video.open(tmp_path / "other.mp4")


def test_a_link_is_followed_into_a_folder_that_is_made(tmp_path):
    (tmp_path / "link.mp4").symlink_to("new/out.mp4")
    with Writer(tmp_path / "link.mp4", 10.0, (64, 48)) as video:
        video.write(RED)
    assert (tmp_path / "link.mp4").is_symlink()
    assert Video.open(tmp_path / "new" / "out.mp4").frames == 1


def recorded(path, images, then):
    with Writer(path, 10.0, (64, 48)) as video:
        for image in images:
            video.write(image)
        then(video)


@pytest.mark.parametrize("images", [[], [RED, GREEN]])
def test_who_stops_a_recording_keeps_it_if_anything_is_in_it(images, tmp_path):
    def stop(video):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorded(tmp_path / "out.mp4", images, stop)
    assert [Video.open(path).frames for path in tmp_path.iterdir()] == [len(images)] * bool(images)


def test_where_there_is_no_room_that_is_said_and_nothing_stays(tmp_path, monkeypatch):
    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device: '.*out.mp4'"):
        Writer(tmp_path / "out.mp4", 10.0, (64, 48))
    assert not any(tmp_path.iterdir())


def test_a_video_of_which_a_part_is_lost_is_not_kept(tmp_path):
    with pytest.raises(OSError, match="out.mp4 cannot be written whole"):
        recorded(tmp_path / "out.mp4", [RED], lambda video: video._video.release())  # loses all, as a full disk does
    assert not any(tmp_path.iterdir())


def test_of_a_recording_that_fails_nothing_stays(tmp_path):
    def fail():
        with Writer(tmp_path / "out.mp4", 10.0, (64, 48)) as video:
            video.write(RED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_camera_gives_pictures_in_red_green_and_blue_until_nobody_asks():
    device = Camera(100)
    frames = camera(0, lambda number: device)
    np.testing.assert_array_equal(next(frames).image, BLUE)
    assert next(frames).seconds <= next(frames).seconds
    frames.close()
    assert device.released


def test_a_camera_that_does_not_open():
    with pytest.raises(Unavailable, match="camera 3 does not open: is it plugged in, and does no other program use it"):
        next(camera(3, lambda number: Camera(0, opens=False)))


def test_a_camera_that_is_unplugged():
    device = Camera(2)
    with pytest.raises(Unavailable, match="camera 0 gives no more pictures: is it still plugged in"):
        list(camera(0, lambda number: device))
    assert device.released


def test_of_a_camera_that_is_not_there_nobody_else_complains(capfd):
    with pytest.raises(Unavailable, match="camera 99 does not open"):
        next(camera(99))
    assert capfd.readouterr().err == ""
