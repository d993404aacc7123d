"""Words from recorded speech, by the SpeechRecognition package; offline by pocketsphinx unless told otherwise."""

from pathlib import Path

import numpy as np
import speech_recognition

ENGINES = tuple(
    sorted(
        name.removeprefix("recognize_")
        for name in dir(speech_recognition.Recognizer)
        if name.startswith("recognize_") and name != "recognize_api"
    )
)
"""What may recognise; all but `sphinx` and `vosk` need a network, a key or a package of their own."""


QUIET = 50
"""Root mean square, of 32,768 at most, below which a sound is silence (-56 dB): pocketsphinx finds words in it."""


class NotUnderstood(ValueError):
    """Sound in which no words are recognised."""


def words(audio: Path, engine: str = "sphinx") -> str:
    """The words in a recording.

    Args:
        audio: WAV, AIFF or FLAC; pocketsphinx, which knows English, expects speech with little noise.
        engine: one of `ENGINES`.

    Returns:
        What is said, in small letters and without marks if `sphinx` says it.

    Raises:
        ValueError: there is no such engine, or the file holds no sound that can be read.
        NotUnderstood: no words are recognised.
        OSError: the file is not there, or the engine cannot be reached.
    """
    check(engine)
    return recognised(_recorded(audio), engine, str(audio))


def check(engine: str) -> None:
    """Refuse an engine that is none of `ENGINES`.

    Raises:
        ValueError: with those there are.
    """
    if engine not in ENGINES:
        raise ValueError(f"no engine {engine!r}: expected one of {', '.join(ENGINES)}")


def recognised(sound: speech_recognition.AudioData, engine: str, name: str) -> str:
    """The words in a sound; see `words`. `name` is what messages call it."""
    if _loudness(sound) < QUIET:
        raise NotUnderstood(f"no words are recognised in {name}: it is silent")
    try:
        said = getattr(speech_recognition.Recognizer(), f"recognize_{engine}")(sound)
    except speech_recognition.UnknownValueError:
        said = ""
    except speech_recognition.RequestError as error:
        raise OSError(f"{engine} cannot be asked for the words in {name}: {error}") from error
    if not said:
        raise NotUnderstood(f"no words are recognised in {name}: speak nearer, or try another engine")
    return said


def _loudness(sound: speech_recognition.AudioData) -> float:
    """Root mean square of the samples, of 32,768 at most."""
    samples = np.frombuffer(sound.get_raw_data(convert_width=2), np.int16)
    return float(np.sqrt(np.mean(np.square(samples, dtype=float)))) if len(samples) else 0.0


def _recorded(audio: Path) -> speech_recognition.AudioData:
    if not audio.is_file():
        raise FileNotFoundError(f"{audio} is not there")
    try:
        with speech_recognition.AudioFile(str(audio)) as source:
            return speech_recognition.Recognizer().record(source)
    except (ValueError, AssertionError, EOFError) as error:
        raise ValueError(f"{audio} holds no sound that can be read: expected WAV, AIFF or FLAC ({error})") from error
