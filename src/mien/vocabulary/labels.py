"""The expressions, the targets that are learned from them, and the code map of every source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven expressions; the position is FER2013's code (Goodfellow et al., 2013)."""

EYE_STATES = ("eye_closed", "eye_narrowed", "eye_open", "eye_wide")
"""How far an eye is open, in this order."""

UNKNOWN = -1
"""The code of a face whose expression nobody has said."""

SPLITS = ("train", "validation", "test")

USAGES = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
"""FER2013's names of the splits."""

CODE_MAPS = {
    "fer2013": dict(enumerate(EMOTIONS)),
    "five": dict(enumerate(("angry", "disgust", "sad", "happy", "surprise"))),
}
"""What the numbers in a table of FER2013 mean: its seven, or the five of the reduced csv."""

_SYNONYMS = {
    "angry": ("anger",),
    "disgust": ("disgusted",),
    "fear": ("fearful", "afraid"),
    "happy": ("happiness",),
    "sad": ("sadness",),
    "surprise": ("surprised",),
}
_CODES = {word: EMOTIONS.index(name) for name in EMOTIONS for word in (name, *_SYNONYMS.get(name, ()))}


def code_of(word: str) -> int:
    """The code of an expression's name, whatever its case or form (`Anger`, `angry`).

    Raises:
        ValueError: the word names none of the seven.
    """
    return _look_up(word, _CODES, EMOTIONS)


def eye_state_of(word: str) -> int:
    """The position in `EYE_STATES` of a state's name, whatever its case.

    Raises:
        ValueError: the word names none of the four.
    """
    return _look_up(word, {name: code for code, name in enumerate(EYE_STATES)}, EYE_STATES)


def _look_up(word: str, codes: dict[str, int], names: Sequence[str]) -> int:
    try:
        return codes[word.strip().lower()]
    except KeyError:
        raise ValueError(f"unknown label {word!r}: expected one of {', '.join(names)}") from None


def codes_of(numbers: Sequence[float], names: Mapping[int, str]) -> np.ndarray:
    """Translate a source's own numbers to FER2013's.

    Args:
        numbers: n, as they stand in the raw file.
        names: what they mean.

    Returns:
        (n,) int8 codes; a number without a name becomes `UNKNOWN`, and so does a name that is none of the seven, such
        as CK+'s contempt.
    """
    return np.array([_CODES.get(names.get(n), UNKNOWN) for n in numbers], np.int8)


@dataclass(frozen=True)
class Target:
    """What a model is asked to tell.

    Attributes:
        name: as it stands in file names.
        classes: names in the order of the network's outputs.
        classes_of: for each of the seven codes the class it belongs to, or `UNKNOWN` where it is left out.
    """

    name: str
    classes: tuple[str, ...]
    classes_of: tuple[int, ...]

    def encode(self, emotion: np.ndarray) -> np.ndarray:
        """(n,) expression codes -> (n,) class indices; `UNKNOWN` where the target leaves the face out."""
        table = np.array([*self.classes_of, UNKNOWN])  # the last entry serves code -1
        return table[np.asarray(emotion)]

    def fold(self, probabilities: np.ndarray) -> np.ndarray:
        """(n, 7) probabilities of the expressions -> (n, class) of the classes, among the faces that the target has."""
        belongs = np.equal.outer(self.classes_of, range(len(self.classes)))  # (7, class)
        folded = np.asarray(probabilities) @ belongs
        return folded / folded.sum(axis=1, keepdims=True)


def _of_expressions(name: str, classes: tuple[str, ...]) -> Target:
    return Target(name, classes, tuple(classes.index(e) if e in classes else UNKNOWN for e in EMOTIONS))


class _ByName(dict):
    def __missing__(self, name):
        raise ValueError(f"unknown target {name!r}: there are {', '.join(self)}")


TARGETS = _ByName(
    {
        "emotion7": _of_expressions("emotion7", EMOTIONS),
        "emotion5": _of_expressions("emotion5", ("angry", "disgust", "sad", "happy", "surprise")),
        "happy": Target("happy", ("other", "happy"), tuple(int(e == "happy") for e in EMOTIONS)),
    }
)
