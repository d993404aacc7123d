import inspect
import shutil
import subprocess
import wave

import numpy as np
import pytest
import soundfile
import speech_recognition
from typer.testing import CliRunner

from mien import cli
from mien.live import speech


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(np.asarray(samples, np.int16).tobytes())
    return path


@pytest.fixture
def silence(tmp_path):
    return write(tmp_path / "silence.wav", np.zeros(16_000))


@pytest.fixture
def spoken(tmp_path):
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng, which speaks in this test, is not installed")
    path = tmp_path / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", "en-us+f3", "-s", "120", "-w", str(path), "we won the match"], check=True)
    return path


def test_words_are_heard(spoken):
    assert speech.words(spoken).split()[-1] == "match"


def test_the_command_makes_a_sentence_of_them(spoken):
    result = CliRunner().invoke(cli.app, ["say", str(spoken), "--emotion", "happy"])
    assert result.exit_code == 0, result.output
    assert 'match!" — said happily 😄' in result.output


def test_silence_is_not_understood(silence):
    with pytest.raises(speech.NotUnderstood, match=r"no words are recognised in .*silence.wav: it is silent"):
        speech.words(silence)


def test_an_engine_that_is_not_there(silence):
    with pytest.raises(ValueError, match="no engine 'ear': expected one of faster_whisper, .*sphinx"):
        speech.words(silence, "ear")


def test_a_key_that_is_missing_is_said_before_anything_is_sent(silence, monkeypatch, recwarn):
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    with pytest.raises(ValueError, match=r"groq wants a key: set GROQ_API_KEY in the environment, or .*\(.*sphinx"):
        speech.words(silence, "groq")
    assert not recwarn


def test_a_key_that_cannot_be_given_is_said(silence):
    with pytest.raises(ValueError, match="azure wants a key that cannot be given here: expected one of .*sphinx"):
        speech.words(silence, "azure")


def test_what_the_package_of_a_service_raises_is_one_line(noise, monkeypatch):
    def fail(self, sound):
        raise KeyError("401: no such key")  # as `groq.AuthenticationError`, neither an OSError nor a ValueError

    monkeypatch.setenv("GROQ_API_KEY", "wrong")
    monkeypatch.setattr(speech_recognition.Recognizer, "recognize_groq", fail)
    with pytest.warns(UserWarning, match="to Groq"), pytest.raises(OSError, match="groq cannot be asked .*no such key"):
        speech.words(noise, "groq")


def test_what_is_no_sound(tmp_path):
    (tmp_path / "text.wav").write_text("quiet")
    with pytest.raises(
        ValueError, match=r"text.wav holds no sound that can be read: expected WAV, AIFF, FLAC, Ogg or MP3"
    ):
        speech.words(tmp_path / "text.wav")
    with pytest.raises(FileNotFoundError, match=r"none.wav is not there"):
        speech.words(tmp_path / "none.wav")


@pytest.mark.parametrize(
    ("kind", "subtype", "off"),
    [
        *(("WAV", subtype, 0.01) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
        *(("WAV", subtype, 0.05) for subtype in ("ULAW", "ALAW", "IMA_ADPCM")),
        *((kind, "PCM_24", 0.01) for kind in ("WAVEX", "AIFF", "FLAC", "CAF", "RF64", "AU")),
        *(("OGG", subtype, 0.1) for subtype in ("VORBIS", "OPUS")),
        ("MP3", "MPEG_LAYER_III", 0.1),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_is_the_same_in_every_width_and_container(kind, subtype, off, channels, tmp_path):
    tone = 0.5 * np.sin(2 * np.pi * 220 * np.arange(48_000) / 48_000)
    path = tmp_path / "tone é:1"  # a name need not say what it is
    soundfile.write(path, np.stack([tone] * channels, axis=1), 48_000, subtype, format=kind)
    sound = speech._recorded(path)
    samples = np.frombuffer(sound.get_raw_data(), np.int16) / 32_768
    assert (sound.sample_rate, sound.sample_width) == (48_000, 2)
    middle = slice(10_000, 30_000)  # MP3 begins a little later
    assert np.abs(np.abs(np.fft.rfft(samples[middle])) - np.abs(np.fft.rfft(tone[middle]))).max() / 5_000 < off


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 192_000])
def test_a_recording_of_any_rate_is_as_long_as_it_is(rate, tmp_path):
    soundfile.write(tmp_path / "noise.wav", np.random.default_rng(0).normal(0, 0.1, rate), rate, "PCM_24")
    sound = speech._recorded(tmp_path / "noise.wav")
    assert len(sound.get_raw_data(convert_rate=16_000)) == pytest.approx(2 * 16_000, rel=0.01)


def test_what_is_louder_than_full_scale_is_cut_off_and_does_not_turn_over(tmp_path):
    soundfile.write(tmp_path / "loud.wav", np.array([2.0, -2.0] * 8_000), 16_000, "FLOAT")
    samples = np.frombuffer(speech._recorded(tmp_path / "loud.wav").get_raw_data(), np.int16)
    assert samples[:2].tolist() == [32_767, -32_768]


@pytest.mark.parametrize("subtype", ["GSM610", "G721_32"])
def test_a_kind_of_sound_that_has_no_places_is_read_from_its_beginning_to_its_end(subtype, tmp_path):
    soundfile.write(tmp_path / "tone.wav", np.sin(np.arange(16_000) / 10) / 2, 16_000, subtype)
    sound = np.frombuffer(speech._recorded(tmp_path / "tone.wav").get_raw_data(), np.int16) / 32_768
    assert len(sound) == pytest.approx(16_000, rel=0.05)
    assert np.std(sound) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("signs", [(1, -0.9), (1, 0, 0, 0, 0, 0)])
def test_channels_do_not_silence_each_other(signs, tmp_path):
    tone = np.sin(np.arange(16_000) / 10) / 2
    soundfile.write(tmp_path / "tone.wav", np.outer(tone, signs), 16_000)
    sound = np.frombuffer(speech._recorded(tmp_path / "tone.wav").get_raw_data(), np.int16) / 32_768
    np.testing.assert_allclose(sound, tone, atol=1e-4)


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "AU"])
def test_what_is_there_of_a_recording_that_breaks_off_is_heard_and_that_is_said(kind, tmp_path):
    path = tmp_path / f"half.{kind.lower()}"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 16_000), 16_000, format=kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.warns(UserWarning, match="half.* breaks off: it is shorter than it says"):
        sound = speech._recorded(path)
    assert len(sound.get_raw_data()) == pytest.approx(16_000, rel=0.01)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"])
def test_a_recording_that_was_streamed_and_does_not_know_its_length_is_whole(length, tmp_path):
    content = write(tmp_path / "noise.wav", np.random.default_rng(0).normal(0, 3000, 16_000)).read_bytes()
    (tmp_path / "piped.wav").write_bytes(content[:4] + length + content[8:40] + length + content[44:])
    assert len(speech._recorded(tmp_path / "piped.wav").get_raw_data()) == 32_000


def test_samples_that_are_no_numbers_are_silent_and_counted(tmp_path):
    samples = np.full(16_000, 0.25)
    samples[:3] = np.nan, np.inf, -np.inf
    soundfile.write(tmp_path / "odd.wav", samples, 16_000, "FLOAT")
    with pytest.warns(UserWarning, match="odd.wav: 3 samples are no numbers, and taken for silence") as said:
        sound = np.frombuffer(speech._recorded(tmp_path / "odd.wav").get_raw_data(), np.int16)
    assert len(said) == 1
    assert sound[:4].tolist() == [0, 0, 0, 8192]


def test_what_can_be_no_speech_is_refused_with_the_reason(tmp_path):
    soundfile.write(tmp_path / "slow.wav", np.ones(1000), 1)
    soundfile.write(tmp_path / "none.wav", np.ones(0), 16_000)
    (tmp_path / "bare.raw").write_bytes(bytes(1000))
    for name, reason in (
        ("slow.wav", "holds no speech: it has 1 samples a second, expected 4,000 at least"),
        ("none.wav", "holds no speech: it has no sample"),
        ("bare.raw", r"holds no sound that can be read: .*it has no header"),
    ):
        with pytest.raises(ValueError, match=f"{name} {reason}"):
            speech.words(tmp_path / name)


@pytest.fixture
def noise(tmp_path):
    return write(tmp_path / "noise.wav", np.random.default_rng(0).normal(0, 3000, 16_000))


def test_an_engine_that_cannot_be_reached_after_it_was_said_what_it_sends(noise, monkeypatch, recwarn):
    def fail(self, sound):
        said = [str(warning.message) for warning in recwarn]
        assert said == ["the engine google sends the recording to www.google.com, not encrypted"]
        raise speech_recognition.RequestError("no network")

    monkeypatch.setattr(speech_recognition.Recognizer, "recognize_google", fail)
    with pytest.raises(OSError, match=r"google cannot be asked for the words in .*noise.wav: no network"):
        speech.words(noise, "google")


def test_an_engine_that_is_not_installed(noise):
    with pytest.raises(OSError, match=r"vosk cannot be asked for the words in .*noise.wav: No module named 'vosk'"):
        speech.words(noise, "vosk")


def test_every_engine_may_be_called_with_sound_alone():
    for engine in speech.ENGINES:
        called = inspect.signature(getattr(speech_recognition.Recognizer(), f"recognize_{engine}"))
        needed = [name for name, given in called.parameters.items() if given.default is given.empty]
        assert [name for name in needed if not name.endswith("options") and name != "kwargs"] == ["audio_data"], engine


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name either a video or an emotion"),
        (["--emotion", "happy", "--video", "clip.mp4"], "name either a video or an emotion"),
        (["--emotion", "happy"], "no words are recognised"),
        (["--emotion", "grumpy"], "no mood for 'grumpy': expected one of angry"),  # before speech is recognised
    ],
)
def test_the_command_says_what_it_lacks(silence, arguments, message):
    result = CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, ["say", str(silence), *arguments])
    assert result.exit_code == 2
    assert message in result.output
