"""Words from recorded speech, by the SpeechRecognition package; offline by pocketsphinx unless told otherwise."""

import os
import re
import warnings
from pathlib import Path

import numpy as np
import soundfile
import speech_recognition

from mien.engine.missing import check_file

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

STREAMED = 2**31 - 2**16
"""Bytes from which on a length is none: of who writes into a pipe and cannot know it."""


class NotUnderstood(ValueError):
    """Sound in which no words are recognised."""


def words(audio: Path, engine: str = "sphinx") -> str:
    """The words in a recording.

    Args:
        audio: WAV, AIFF, FLAC, Ogg, MP3 or what else libsndfile knows, of any rate, width and number of channels;
            pocketsphinx, which knows English, expects speech with little noise.
        engine: one of `ENGINES`.

    Returns:
        What is said, in small letters and without marks if `sphinx` says it.

    Raises:
        ValueError: there is no such engine, its key is missing, or the file holds no sound that can be read.
        NotUnderstood: no words are recognised.
        OSError: the file is not there, or the engine cannot be reached or is not installed.

    Warns:
        UserWarning: before anything is sent, what the engine sends to whom; that the file breaks off, or that samples
            are no numbers.
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
    if _loudness(sound) < QUIET:
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


def _loudness(sound: speech_recognition.AudioData) -> float:
    """Root mean square of the samples, of 32,768 at most."""
    samples = np.frombuffer(sound.get_raw_data(convert_width=2), np.int16)
    return float(np.sqrt(np.mean(np.square(samples, dtype=float)))) if len(samples) else 0.0


def _recorded(audio: Path) -> speech_recognition.AudioData:
    """Its sound in 16 bits a sample; what is louder than full scale, as floats may be, is cut off."""
    check_file(audio)
    samples, rate, info = _read(audio)
    if rate < LOWEST or not len(samples):
        wrong = f"{rate:,} samples a second, expected {LOWEST:,} at least" if len(samples) else "no sample"
        raise ValueError(f"{audio} holds no speech: it has {wrong}")
    if _breaks_off(info):
        warnings.warn(f"{audio} breaks off: it is shorter than it says", stacklevel=3)
    if unknown := np.count_nonzero(~np.isfinite(samples)):
        warnings.warn(f"{audio}: {unknown:,} samples are no numbers, and taken for silence", stacklevel=3)
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    mono = np.clip(32768 * _mono(samples), -32768, 32767).astype(np.int16)
    return speech_recognition.AudioData(mono.tobytes(), rate, mono.itemsize)


def _read(audio: Path) -> tuple[np.ndarray, int, str]:
    """(sample, channel) float64, where full scale is 1; samples a second; and libsndfile's account of the file."""
    try:
        with audio.open("rb") as file, soundfile.SoundFile(file) as sound:  # libsndfile may not take its name
            return sound.read(sound.frames, always_2d=True), sound.samplerate, sound.extra_info
    except (soundfile.LibsndfileError, TypeError) as error:  # it is a TypeError where the name says raw samples
        raise ValueError(
            f"{audio} holds no sound that can be read: expected WAV, AIFF, FLAC, Ogg or MP3, into which e.g. ffmpeg "
            f"converts others ({getattr(error, 'error_string', '') or 'it has no header, or is damaged'})"
        ) from None


def _breaks_off(info: str) -> bool:
    """Whether libsndfile's account of a file says that it should have more; one that was streamed says nothing true."""
    lengths = [(int(said), int(there)) for said, there in re.findall(r"([0-9]+) \(should be ([0-9]+)\)", info)]
    return any(there < said < STREAMED for said, there in lengths) or "ended unexpectedly" in info


def _mono(samples: np.ndarray) -> np.ndarray:
    """(sample, channel) -> (sample,): the mean, or the loudest channel where the mean has less than half its level."""
    mean, level = samples.mean(axis=1), np.sqrt(np.mean(samples**2, axis=0))
    return mean if np.sqrt(np.mean(mean**2)) >= level.max() / 2 else samples[:, level.argmax()]
