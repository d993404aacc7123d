import os
import tracemalloc
import wave
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from mien.live import recording

NOISE = np.random.default_rng(0).normal(0, 0.1, 16_000)
TONE = 0.5 * np.sin(2 * np.pi * 220 * np.arange(48_000) / 48_000)


def write(path, samples=NOISE, rate=16_000, subtype=None, kind=None):
    soundfile.write(path, samples, rate, subtype, format=kind or path.suffix[1:])
    return path


def encode(path, codec, samples=TONE, rate=48_000, **options):
    with av.open(path, "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None].astype("f4"), "fltp", "mono")
        frame.rate = rate
        for part in [frame, None]:
            container.mux([packet for packet in stream.encode(part) if packet.size])  # FLAC's last is empty
    return path


def heard(path):
    samples, rate = recording.read(path)
    return samples / 32_768, rate


def strengths(samples):
    return np.abs(np.fft.rfft(samples[10_000:30_000])) / 5_000  # of the middle: MP3 begins a little later


@pytest.mark.parametrize(
    ("kind", "subtype", "off"),
    [
        *(("WAV", subtype, 0.01) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
        *(("WAV", subtype, 0.05) for subtype in ("ULAW", "ALAW", "IMA_ADPCM")),
        *((kind, "PCM_24", 0.01) for kind in ("WAVEX", "AIFF", "FLAC", "CAF", "RF64", "AU", "W64")),
        *(("OGG", subtype, 0.1) for subtype in ("VORBIS", "OPUS")),
        ("MP3", "MPEG_LAYER_III", 0.1),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.filterwarnings("error")
def test_a_recording_is_the_same_in_every_width_and_container(kind, subtype, off, channels, tmp_path):
    path = tmp_path / "tone é:1"  # a name need not say what it is
    samples, rate = heard(write(path, np.stack([TONE] * channels, axis=1), 48_000, subtype, kind))
    assert rate == 48_000
    np.testing.assert_allclose(strengths(samples), strengths(TONE), atol=off)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *((f"tone.{ending}", "aac") for ending in ("m4a", "mp4", "aac", "mkv", "mov")),
        ("tone.m4a", "alac"),
        ("tone.webm", "libopus"),
        ("tone.oga", "flac"),
        ("tone.mka", "mp3"),
        ("tone.avi", "ac3"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_container_of_films_and_of_browsers_is_read_as_well(name, codec, tmp_path):
    samples, rate = heard(encode(tmp_path / name, codec))
    assert (len(samples), rate) == (pytest.approx(48_000, rel=0.1), 48_000)
    np.testing.assert_allclose(strengths(samples), strengths(TONE), atol=0.1)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 192_000])
def test_a_recording_of_any_rate_is_as_long_as_it_is(rate, tmp_path):
    samples, found = recording.read(write(tmp_path / "noise.wav", NOISE, rate, "PCM_24"))
    assert (len(samples), found) == (16_000, rate)


def test_what_is_louder_than_full_scale_is_cut_off_and_does_not_turn_over(tmp_path):
    samples, _ = recording.read(write(tmp_path / "loud.wav", np.array([2.0, -2.0] * 8_000), subtype="FLOAT"))
    assert samples[:2].tolist() == [32_767, -32_768]


@pytest.mark.parametrize("subtype", ["GSM610", "MS_ADPCM"])
def test_a_kind_of_sound_that_has_no_places_is_read_from_its_beginning_to_its_end(subtype, tmp_path):
    samples, _ = heard(write(tmp_path / "tone.wav", np.sin(np.arange(16_000) / 10) / 2, subtype=subtype))
    assert len(samples) == pytest.approx(16_000, rel=0.05)
    assert np.std(samples) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("signs", [(1, -0.9), (1, *[0] * 5), (1, *[0] * 7), (*[0] * 15, 1)])
def test_channels_do_not_silence_each_other(signs, tmp_path):
    tone = np.sin(np.arange(16_000) / 10) / 2
    np.testing.assert_allclose(heard(write(tmp_path / "tone.wav", np.outer(tone, signs)))[0], tone, atol=1e-4)


def test_samples_that_are_no_numbers_are_silent_and_counted(tmp_path):
    samples = np.full(16_000, 0.25)
    samples[:3] = np.nan, np.inf, -np.inf
    with pytest.warns(UserWarning, match="odd.wav: 3 samples are no numbers, and taken for silence") as said:
        samples, _ = recording.read(write(tmp_path / "odd.wav", samples, subtype="FLOAT"))
    assert len(said) == 1
    assert samples[:4].tolist() == [0, 0, 0, 8192]


@pytest.mark.parametrize("kind", ["wav", "aiff", "au", "caf", "w64", "flac", "mp3", "ogg"])
def test_what_is_there_of_a_recording_that_breaks_off_is_heard_and_that_is_said(kind, tmp_path, capfd):
    path = tmp_path / f"half.{kind}"
    samples = np.tile(NOISE, 20)  # an Ogg page may hold a second
    encode(path, "mp3", samples, 16_000) if kind == "mp3" else write(path, samples)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.warns(UserWarning, match="half.* breaks off: it is shorter than it says") as said:
        samples, _ = recording.read(path)
    assert len(said) == 1
    assert len(samples) == pytest.approx(160_000, rel=0.1)
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4), b"\xe8\x03\0\0"])
def test_a_wav_file_that_was_streamed_or_whose_recorder_crashed_is_whole(length, tmp_path):
    content = write(tmp_path / "noise.wav").read_bytes()
    (tmp_path / "piped.wav").write_bytes(content[:4] + length + content[8:40] + length + content[44:])
    assert len(recording.read(tmp_path / "piped.wav")[0]) == 16_000


@pytest.mark.filterwarnings("error")
def test_what_follows_the_sound_is_no_sound(tmp_path):
    with wave.open(str(tmp_path / "titled.wav"), "wb") as file:
        file.setparams((1, 1, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(999))
    with (tmp_path / "titled.wav").open("ab") as file:
        file.write(b"\0" * (file.tell() % 2) + b"LIST\x0c\0\0\0INFOINAM\0\0\0\0")
    assert len(recording.read(tmp_path / "titled.wav")[0]) == 999


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("kind", "length"), [("flac", bytes(4)), ("caf", b"\xff" * 8)])
def test_a_file_that_was_streamed_in_another_kind_is_whole(kind, length, tmp_path):
    content = bytearray(write(tmp_path / f"piped.{kind}", subtype="PCM_16").read_bytes())
    at = 22 if kind == "flac" else content.index(b"data") + 4  # STREAMINFO's number of samples (RFC 9639)
    content[at : at + len(length)] = length
    (tmp_path / f"piped.{kind}").write_bytes(content)
    assert len(recording.read(tmp_path / f"piped.{kind}")[0]) == 16_000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("kind", "subtype"), [("mp3", None), ("ogg", "VORBIS"), ("ogg", "OPUS")])
def test_files_that_are_joined_are_all_heard(kind, subtype, tmp_path):
    path = write(tmp_path / f"twice.{kind}", np.tile(NOISE, 5), 16_000, subtype)
    once, rate = recording.read(path)
    path.write_bytes(2 * path.read_bytes())
    assert len(recording.read(path)[0]) == pytest.approx(2 * len(once), abs=0.15 * rate)


@pytest.mark.filterwarnings("error")
def test_an_mp3_that_does_not_say_its_length_is_whole(tmp_path):
    samples = np.concatenate([np.tile(NOISE, 5), np.zeros(400_000)])  # of which much is shorter than its beginning
    path = encode(tmp_path / "bare.mp3", "mp3", samples, 16_000, write_xing="0")
    assert len(recording.read(path)[0]) == pytest.approx(480_000, rel=0.01)


def test_a_part_that_is_damaged_is_left_out_and_that_is_said_once(tmp_path, capfd):
    content = bytearray(encode(tmp_path / "torn.mka", "flac", np.tile(NOISE, 10), 16_000).read_bytes())
    at = len(content) // 2
    content[at : at + 400] = bytes(400)
    (tmp_path / "torn.mka").write_bytes(content)
    with pytest.warns(UserWarning, match="torn.mka: parts of it are damaged, and left out") as said:
        samples, _ = recording.read(tmp_path / "torn.mka")
    assert len(said) == 1
    assert 140_000 < len(samples) < 160_000
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"),
        ("list.txt", "ffconcat version 1.0\nfile noise.wav\n"),
        ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 50040 RTP/AVP 0\n"),
    ],
)
def test_no_other_file_and_no_address_that_a_file_names_is_opened(name, content, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    write(Path("noise.wav"))
    Path(name).write_text(content.format(tmp_path / "noise.wav"))
    with pytest.raises(ValueError, match=rf"{name} holds no sound that can be read \(Inv.*\): expected a recording"):
        recording.read(Path(name))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["%03d.wav", "data:,x.wav", "concat:a.wav", "b'\udce9.wav"])
def test_a_name_is_no_pattern_and_no_address(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.rename(write(Path("noise.wav")), name)
    assert len(recording.read(Path(name))[0]) == 16_000


def test_the_sound_of_a_video_is_heard_and_one_without_is_refused(tmp_path):
    for name, sound in (("film.mp4", True), ("mute.mp4", False)):
        with av.open(tmp_path / name, "w") as film:
            streams = [film.add_stream("mpeg4", rate=10, width=32, height=32)]
            frames = [av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))]
            if sound:
                streams.append(film.add_stream("aac", rate=16_000, layout="mono"))
                frames.append(av.AudioFrame.from_ndarray(NOISE[None].astype("f4"), "fltp", "mono"))
                frames[1].rate = 16_000
            for stream, frame in zip(streams, frames, strict=True):
                film.mux(stream.encode(frame))
                film.mux(stream.encode(None))
    assert len(recording.read(tmp_path / "film.mp4")[0]) == pytest.approx(16_000, rel=0.15)
    with pytest.raises(ValueError, match=r"mute.mp4 holds no sound that can be read \(it has no sound"):
        recording.read(tmp_path / "mute.mp4")


def test_what_is_no_sound(tmp_path, capfd):
    (tmp_path / "text.wav").write_text("quiet")
    (tmp_path / "bare.raw").write_bytes(bytes(1000))
    (tmp_path / "empty.3gp").touch()
    for name in ("text.wav", "bare.raw", "empty.3gp"):
        with pytest.raises(ValueError, match=rf"{name} holds no sound .*\(Invalid data.*WAV, FLAC, MP3, M4A, Ogg or W"):
            recording.read(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"none.wav is not there"):
        recording.read(tmp_path / "none.wav")
    assert capfd.readouterr().err == ""


def test_an_hour_takes_no_more_memory_than_a_few_of_its_own_bytes(tmp_path):
    path = write(tmp_path / "minute.wav", np.tile(NOISE, (2, 180)).T, 48_000)
    tracemalloc.start()
    try:
        recording.level(recording.read(path)[0])
        assert tracemalloc.get_traced_memory()[1] < 2.5 * path.stat().st_size
    finally:
        tracemalloc.stop()
