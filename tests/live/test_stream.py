"""Videos that the tests encode, and a camera that they play themselves."""

import errno
import os
import socket
import struct
import sys
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mien.live.stream import Unavailable, Video, camera
from mien.live.writer import Writer

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
    path, times = uneven
    with Writer(tmp_path / "copy.mp4", 10.0, (64, 48)) as copy:
        for frame in Video.open(path):
            copy.write(frame.image, frame.seconds, frame.lasts)
    copied = list(Video.open(tmp_path / "copy.mp4"))
    assert [frame.seconds for frame in copied] == pytest.approx(times)
    assert copied[-1].seconds + copied[-1].lasts == pytest.approx(10 * 0.05 + 3 * 0.8)
    for shown, frame in zip(copied, Video.open(path), strict=True):
        np.testing.assert_allclose(shown.image, frame.image, atol=25)


def test_the_first_picture_is_shown_from_the_beginning(tmp_path):
    with Writer(tmp_path / "late.mp4", 10.0, (64, 48)) as video:
        for seconds, colour in ((1.5, RED), (2.0, GREEN)):
            video.write(colour, seconds)
    assert [frame.seconds for frame in Video.open(tmp_path / "late.mp4")] == [0, 2]


def without_pictures(path, share):
    """Let a share of what a video's pictures are coded as be zeros, from the end on."""
    content = bytearray(path.read_bytes())
    begin, end = content.index(b"mdat") + 4, content.rindex(b"moov") - 4
    begin = end - round(share * (end - begin))
    content[begin:end] = bytes(end - begin)
    path.write_bytes(content)


def test_of_a_video_without_a_whole_frame_one_error_says_so(clip, capfd):
    video = Video.open(clip)
    without_pictures(clip, 1)
    for read in (list, lambda video: Video.open(video.path)):
        with pytest.raises(ValueError, match=r"is no video that can be read: it has no whole frame"):
            read(video)
    assert capfd.readouterr().err == ""


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
    video = Video.open(clip)
    without_pictures(clip, 0.15)
    with pytest.warns(UserWarning, match=r"breaks off after \d+ of 15 frames"):
        frames = list(video)
    assert 0 < len(frames) < 15


CODECS = {"mkv": "libx264", "webm": "libvpx", "ts": "mpeg2video", "avi": "mpeg4", "flv": "flv", "mov": "libx264"}


def encode(path, times, sound=0.0, aspect=1, sound_first=False):
    """Write noise at some times, in hundredths of a second, and a sound that lasts some seconds."""
    rng, kind = np.random.default_rng(0), path.suffix[1:]
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        voice = container.add_stream("aac", 48_000) if sound_first else None
        stream = container.add_stream(CODECS.get(kind, "libx264"), 25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        if sound and not voice:
            voice = container.add_stream("aac" if kind != "webm" else "libopus", 48_000)
        for at in times:
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 256, (48, 64, 3), np.uint8), "rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for n in range(round(sound * 50)):
            beep = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.float32), "fltp", "mono")
            beep.sample_rate, beep.pts = 48_000, n * 960
            container.mux(voice.encode(beep))
        if voice:
            container.mux(voice.encode(None))
    return path


@pytest.mark.parametrize("kind", CODECS)
def test_a_whole_video_breaks_off_nowhere(tmp_path, recwarn, kind):
    frames = list(Video.open(encode(tmp_path / f"whole.{kind}", range(0, 200, 4))))
    assert len(frames) == 50
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(50) / 25, abs=0.002)
    assert not recwarn.list


@pytest.mark.parametrize("kind", ["mkv", "webm", "mov"])
def test_nor_does_one_whose_frames_come_unevenly_or_whose_sound_is_longer(tmp_path, recwarn, kind):
    times = [0, 4, 8, 12, 300, 304]
    frames = list(Video.open(encode(tmp_path / f"odd.{kind}", times, sound=6)))
    assert [frame.seconds for frame in frames] == pytest.approx(np.array(times) / 100, abs=0.002)
    assert not recwarn.list


@pytest.mark.parametrize("kind", ["mkv", "webm", "avi", "mov"])
def test_a_file_that_is_cut_breaks_off(tmp_path, kind):
    path = encode(tmp_path / f"cut.{kind}", range(0, 200, 4))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.warns(UserWarning, match="breaks off after"):
        frames = list(Video.open(path))
    assert 0 < len(frames) < 50


def test_pictures_that_begin_after_their_sound_do_so(tmp_path):
    frames = list(Video.open(encode(tmp_path / "late.mov", range(152, 172, 4), sound=2)))
    assert frames[0].seconds == pytest.approx(1.52)


@pytest.mark.parametrize("kind", ["mkv", "mov", "ts"])
def test_every_frame_is_read_where_the_sound_comes_first(tmp_path, recwarn, kind):
    path = encode(tmp_path / f"first.{kind}", range(0, 40, 4), sound=0.4, sound_first=True)
    assert len(list(Video.open(path))) == 10
    assert not recwarn.list


def test_what_is_no_sound_and_no_picture_is_passed_over(tmp_path, recwarn):
    plain = encode(tmp_path / "plain.mkv", range(0, 40, 4))
    with av.open(str(plain)) as source, av.open(str(tmp_path / "font.mkv"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        target.add_attachment("a.ttf", "application/x-truetype-font", b"letters")
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    assert len(list(Video.open(tmp_path / "font.mkv"))) == 10
    assert not recwarn.list


def test_pixels_that_are_no_squares_become_squares(tmp_path):
    video = Video.open(encode(tmp_path / "wide.mkv", range(0, 20, 4), aspect=2))
    assert video.size == (128, 48)
    assert {frame.image.shape for frame in video} == {(48, 128, 3)}


CORNERS = np.zeros((48, 64, 3), np.uint8)  # red above on the left, green above on the right, blue below on the left
CORNERS[:24, :32, 0] = CORNERS[:24, 32:, 1] = CORNERS[24:, :32, 2] = 255


@pytest.mark.parametrize(
    ("matrix", "seen"),
    [
        ((1, 0, 0, 1), CORNERS),
        ((0, 1, -1, 0), np.rot90(CORNERS, -1)),  # a phone that is held upright: a quarter clockwise
        ((0, -1, 1, 0), np.rot90(CORNERS)),
        ((-1, 0, 0, -1), np.rot90(CORNERS, 2)),
    ],
)
def test_a_video_is_turned_as_its_file_asks_for(tmp_path, matrix, seen):
    with Writer(tmp_path / "clip.mp4", 10.0, (64, 48)) as writer:
        writer.write(CORNERS)
    content = bytearray((tmp_path / "clip.mp4").read_bytes())
    at = content.rindex(b"tkhd") + 4 + 40  # version and flags, times, track, duration, layer, volume: 40 bytes
    a, b, c, d = (x << 16 for x in matrix)
    content[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    (tmp_path / "clip.mp4").write_bytes(content)
    video = Video.open(tmp_path / "clip.mp4")
    (frame,) = video
    assert video.size == seen.shape[1::-1]
    np.testing.assert_allclose(frame.image[8:-8:8, 8:-8:8], seen[8:-8:8, 8:-8:8], atol=60)


def test_a_sound_with_a_cover_is_no_video(tmp_path):
    cover = BytesIO()
    Image.fromarray(RED).save(cover, "PNG")
    with av.open(str(tmp_path / "song.mp4"), "w") as container:
        voice, picture = container.add_stream("aac", 48_000), container.add_stream("png")
        picture.width, picture.height, picture.pix_fmt = 64, 48, "rgb24"
        picture.disposition = Disposition.attached_pic
        packet = av.Packet(cover.getvalue())
        packet.stream, packet.pts, packet.dts, packet.time_base = picture, 0, 0, Fraction(1, 90_000)
        container.mux(packet)
        beep = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        beep.sample_rate = 48_000
        container.mux(voice.encode(beep))
        container.mux(voice.encode(None))
    with pytest.raises(ValueError, match=r"song.mp4 is no video that can be read: its one picture is a cover"):
        Video.open(tmp_path / "song.mp4")


def test_a_list_may_name_files_and_no_addresses(tmp_path):
    encode(tmp_path / "part.ts", range(0, 20, 4))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        for part in ("part.ts", f"http://127.0.0.1:{server.getsockname()[1]}/part.ts"):
            (tmp_path / "list.m3u8").write_text(
                f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.2,\n{part}\n#EXT-X-ENDLIST\n"
            )
            if part == "part.ts":
                assert len(list(Video.open(tmp_path / "list.m3u8"))) == 5
                continue
            with pytest.raises(ValueError, match="is no video that can be read"):
                Video.open(tmp_path / "list.m3u8")
            with pytest.raises(TimeoutError):
                server.accept()


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


@pytest.mark.skipif(os.name != "posix", reason="this system sets no such limit")
@pytest.mark.parametrize("size", [20_000, 100_000])  # FFmpeg writes in blocks
def test_a_video_that_does_not_fit_is_not_kept(tmp_path, size):
    import resource

    noise, most = np.random.default_rng(0).integers(0, 256, (60, 48, 64, 3), np.uint8), resource.RLIMIT_FSIZE
    before = resource.getrlimit(most)
    resource.setrlimit(most, (size, before[1]))
    try:
        with pytest.raises(OSError, match="'[^'.]*out.mp4'$"):
            recorded(tmp_path / "out.mp4", noise, lambda video: None)
    finally:
        resource.setrlimit(most, before)
    assert not any(tmp_path.iterdir())  # nor the part that was written


@pytest.mark.parametrize("size", [(1, 1), (63, 47), (64, 1)])
def test_a_video_of_any_size_is_written(tmp_path, size):
    with Writer(tmp_path / "out.mp4", 10.0, size) as video:
        video.write(np.broadcast_to(np.uint8((0, 255, 0)), (*size[::-1], 3)))
    (frame,) = Video.open(tmp_path / "out.mp4")
    np.testing.assert_allclose(frame.image, np.broadcast_to(np.uint8((0, 255, 0)), frame.image.shape), atol=25)


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
