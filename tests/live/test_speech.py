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


def test_what_can_be_no_speech_is_refused_with_the_reason(tmp_path):
    soundfile.write(tmp_path / "slow.wav", np.ones(1000), 1)
    soundfile.write(tmp_path / "none.wav", np.ones(0), 16_000)
    (tmp_path / "bare.raw").write_bytes(bytes(1000))
    for name, reason in (
        ("slow.wav", "holds no speech: it has 1 samples a second, expected 4,000 at least"),
        ("none.wav", "holds no speech: it has no sample"),
        (
            "bare.raw",
            r"holds no sound that can be read \(Invalid data.*expected a recording that FFmpeg knows, e.g. WAV",
        ),
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
