"""Words from recorded speech, by the SpeechRecognition package; offline by pocketsphinx unless told otherwise."""

import os
import warnings
from pathlib import Path

import numpy as np
import speech_recognition

from mien.live import recording

ENGINES = {
    "faster_whisper": "fetches its weights from Hugging Face, where they are not here yet",
    "google": "sends the recording to www.google.com, not encrypted",
    "google_cloud": "sends the recording to Google Cloud",
    "groq": "sends the recording to Groq",
    "openai": "sends the recording to OpenAI",
    "sphinx": "",
    "vosk": "",
    "whisper": "fetches its weights from OpenAI, where they are not here yet",
}
"""What may recognise, those engines of SpeechRecognition that want nothing but the sound: what each asks a network for.

All but `sphinx` and `google` need a package of their own; `google_cloud` finds its credentials as Google's tools do.
"""

KEYS = {"groq": "GROQ_API_KEY", "openai": "OPENAI_API_KEY"}
"""Services whose packages look for a key in the environment: the name of the variable."""

QUIET = 50
"""Root mean square, of 32,768 at most, below which a sound is silence (-56 dB): pocketsphinx finds words in it."""

LOWEST = 4_000
"""Samples a second from which on speech can be understood: half as many as a telephone has (ITU-T G.711)."""


class NotUnderstood(ValueError):
    """Sound in which no words are recognised."""


def words(audio: Path, engine: str = "sphinx") -> str:
    """The words in a recording.

    Args:
        audio: recording or video of any kind that FFmpeg knows; pocketsphinx, which knows English, expects speech with
            little noise.
        engine: one of `ENGINES`.

    Returns:
        What is said, in small letters and without marks if `sphinx` says it.

    Raises:
        ValueError: there is no such engine, its key is missing, or the file holds no sound that can be read.
        NotUnderstood: no words are recognised.
        OSError: the file is not there, or the engine cannot be reached or is not installed.

    Warns:
        UserWarning: before anything is sent, what the engine sends to whom; what is wrong in the file, see
            `recording.read`.
    """
    check(engine)
    return recognised(_recorded(audio), engine, str(audio))


def check(engine: str) -> None:
    """Refuse an engine that is none of `ENGINES` or whose key is missing, and say of one what it sends.

    Raises:
        ValueError: with those there are, or with what is missing and where it is looked for.

    Warns:
        UserWarning: what the engine sends to whom.
    """
    if engine not in ENGINES:
        known = hasattr(speech_recognition.Recognizer, f"recognize_{engine}")
        wrong = f"{engine} wants a key that cannot be given here" if known else f"no engine {engine!r}"
        raise ValueError(f"{wrong}: expected one of {', '.join(ENGINES)}")
    if (key := KEYS.get(engine)) and not os.environ.get(key):
        free = ", ".join(name for name in ENGINES if name not in KEYS and name != "google_cloud")
        raise ValueError(f"{engine} wants a key: set {key} in the environment, or take one without a key ({free})")
    if ENGINES[engine]:
        warnings.warn(f"the engine {engine} {ENGINES[engine]}", stacklevel=2)


def recognised(sound: speech_recognition.AudioData, engine: str, name: str) -> str:
    """The words in a sound; see `words`. `name` is what messages call it."""
    if recording.level(np.frombuffer(sound.get_raw_data(convert_width=2), np.int16)) < QUIET:
        raise NotUnderstood(f"no words are recognised in {name}: it is silent")
    try:
        said = getattr(speech_recognition.Recognizer(), f"recognize_{engine}")(sound)
    except speech_recognition.UnknownValueError:
        said = ""
    except Exception as error:  # of any kind: each service's package has its own for keys and networks
        raise OSError(f"{engine} cannot be asked for the words in {name}: {error}") from error
    if not said:
        raise NotUnderstood(f"no words are recognised in {name}: speak nearer, or try another engine")
    return said


def _recorded(audio: Path) -> speech_recognition.AudioData:
    """Its sound, 16 bits a sample."""
    samples, rate = recording.read(audio)
    if rate < LOWEST or not len(samples):
        wrong = f"{rate:,} samples a second, expected {LOWEST:,} at least" if len(samples) else "no sample"
        raise ValueError(f"{audio} holds no speech: it has {wrong}")
    return speech_recognition.AudioData(samples.tobytes(), rate, samples.itemsize)
