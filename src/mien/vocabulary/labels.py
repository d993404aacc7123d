"""The expressions, the targets that are learned from them, and the code map of every source."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

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

SPLIT_WORDS = {
    "train": ("train", "training", "learning"),
    "validation": ("validation", "val", "valid", "validate", "dev", "development", "public test"),
    "test": ("test", "testing", "tests", "eval", "evaluation", "hold out", "held out", "unseen", "private test"),
}
"""What people call the splits; between two words may stand a blank, a dash, a line or nothing."""

_SPLIT = re.compile(
    "(?<![a-z])(?:"
    + "|".join(f"(?P<{name}>{'|'.join(words).replace(' ', '[ _-]?')})" for name, words in SPLIT_WORDS.items())
    + ")(?:[ _-]?(?:sets?|data|images|imgs|pictures|faces))*(?![a-z])"
)

CODE_MAPS = {
    "fer2013": dict(enumerate(EMOTIONS)),
    "five": dict(enumerate(("angry", "disgust", "sad", "happy", "surprise"))),
    "raf_db": dict(enumerate(("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"), 1)),
    "affectnet": dict(enumerate(("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt"))),
}
"""What numbers mean: FER2013's seven, the five of its reduced csv, RAF-DB's (Li, Deng & Du, 2017) and AffectNet's
(Mollahosseini, Hasani & Mahoor, 2017)."""

_SYNONYMS = {
    "angry": ("anger",),
    "disgust": ("disgusted",),
    "fear": ("fearful", "afraid", "scared"),
    "happy": ("happiness", "joy"),
    "sad": ("sadness",),
    "surprise": ("surprised",),
}
_CODES = {word: EMOTIONS.index(name) for name in EMOTIONS for word in (name, *_SYNONYMS.get(name, ()))}
_BESIDE = {"face", "faces", "images", "pictures", "expression", "emotion"}  # may stand beside a label's name

_HARMLESS = {
    *_CODES, *_BESIDE, *"picture image img imgs photo photos pic pics facial emotions expressions fer".split(),
    *"set sets data dataset datasets split splits subset part fold batch list label labels labelled labeled".split(),
    *"ferplus plus ck ckplus raf rafdb db affectnet expw jaffe kdef icml kaggle".split(),
    *"my own the for of and in all new full whole only small large mini raw original orig clean cleaned final".split(),
    *"cropped crop aligned gray grey grayscale rgb resized px aug augmented balanced shuffled copy".split(),
    *"processed preprocessed normalized normalised sorted merged combined oversampled".split(),
    *"frames class classes person people human csv png jpg zip tar".split(),
}  # fmt: skip
"""May stand beside a word for train."""

_DENIAL = re.compile(
    "(?<![a-z])"
    "(not|exclude[ds]?|except|unused|reject(s|ed)?|discard(s|ed)?|h[eo]ld[ _-]?back|non?(?=[ _-]*train))(?![a-z])"
)

_NO_CLASS = ("contempt", "unknown")  # of sets with more than the seven


@cache
def split_named(text: str) -> str:
    """The split that a text names by one of `SPLIT_WORDS`, with or without others: "test_set", "my testing images".

    Beside a word for train stand only numbers, single letters, labels and `_HARMLESS`, since another may deny it.

    Returns:
        A name of `SPLITS`; "" where none is named, several are ("train_val"), or `may_deny_train`.
    """
    named = splits_in(text)
    return "" if len(named) != 1 or may_deny_train(text) else min(named)


def splits_in(text: str) -> set[str]:
    """All of `SPLITS` that have a word in a text, whatever else it says."""
    return {match.lastgroup for match in _SPLIT.finditer(_parted(text))}


def _parted(text: str) -> str:
    """In small letters; where a text has no word for a split then, parted at its capitals: "TestPhotos"."""
    whole = text.lower()
    return whole if _SPLIT.search(whole) else re.sub("(?<=[a-z])(?=[A-Z])", " ", text).lower()


def may_deny_train(text: str) -> bool:
    """Whether train is named among words of which one may deny it: "not_for_training", "pre-train"."""
    beside = re.findall(r"[^\W\d_]{2,}", _SPLIT.sub(" ", _parted(text)))
    return splits_in(text) == {"train"} and not _HARMLESS.issuperset(beside)


def denies(text: str) -> bool:
    """Whether a text says that something is not to be used, whatever for: "not_for_training", "excluded"."""
    return bool(_DENIAL.search(text.lower()))


def split_of(word: str) -> str:
    """As `split_named`, of a text that is such a word and nothing else."""
    return split_named(word) if _SPLIT.fullmatch(word.strip().lower()) else ""


def split_words() -> str:
    """The table of what splits may be called, for messages."""
    return _table(SPLIT_WORDS)


def _table(words: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{name} ({', '.join(others)})" if others else name for name, others in words.items())


def code_of(word: str) -> int:
    """The code of an expression's name in any common form: "Anger", "face_angry", "3_happy".

    Raises:
        ValueError: the word names none of the seven, or several; with the table of names.
    """
    words = set(re.findall(r"[^\W\d_]+", word.lower())) - _BESIDE
    codes = {_CODES.get(part, UNKNOWN) for part in words}
    if len(codes) != 1 or UNKNOWN in codes:
        known = {name: _SYNONYMS.get(name, ()) for name in EMOTIONS}
        raise ValueError(f"unknown label {word!r}: expected one of {_table(known)}")
    return codes.pop()


def eye_state_of(word: str) -> int:
    """The position in `EYE_STATES` of a state's name, whatever its case.

    Raises:
        ValueError: the word names none of the four.
    """
    try:
        return EYE_STATES.index(word.strip().lower())
    except ValueError:
        raise ValueError(f"unknown label {word!r}: expected one of {', '.join(EYE_STATES)}") from None


def code_map(said: str) -> Mapping[int, str]:
    """What a source's numbers mean.

    Args:
        said: a key of `CODE_MAPS`, or a table of one's own: "1 surprise, 2 fear".

    Raises:
        ValueError: it is neither; with all that there are.
    """
    if said in CODE_MAPS:
        return CODE_MAPS[said]
    items = [re.fullmatch(r"\s*(\d+)[\s:=]+(\w+)\s*", item) for item in said.lower().split(",")]
    try:
        names = {int(item[1]): item[2] if item[2] in _NO_CLASS else EMOTIONS[code_of(item[2])] for item in items}
    except (TypeError, ValueError) as error:
        reason = f" ({error})" if isinstance(error, ValueError) else ""
        raise ValueError(f"unknown code_map {said!r}{reason}: expected {code_maps()}") from None
    if len(names) < len(items):
        raise ValueError(f"code_map {said!r} says twice what a number means: expected each number once")
    return names


def code_maps() -> str:
    """The tables of numbers, for messages."""
    tables = (f"{name} ({numbered(names)})" for name, names in CODE_MAPS.items())
    return f"{', '.join(tables)}, or your own in the form of these"


def numbered(names: Mapping[int, str]) -> str:
    """A table of numbers as messages and `code_map` have it: "0 angry, 1 disgust"."""
    return ", ".join(f"{number} {name}" for number, name in names.items())


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
