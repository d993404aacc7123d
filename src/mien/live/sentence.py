"""What is said, and how it is said: a sentence with the mark, the mood and the emoji of an expression."""

from typing import NamedTuple


class Mood(NamedTuple):
    """What an expression makes of a sentence: how it ends, how a question ends, how it is said, and a picture of it."""

    end: str
    question: str
    said: str
    emoji: str


MOODS = {
    "angry": Mood("!", "?!", "angrily", "😠"),
    "disgust": Mood(".", "?", "with disgust", "🤢"),
    "fear": Mood("…", "…?", "fearfully", "😨"),
    "happy": Mood("!", "?", "happily", "😄"),
    "sad": Mood("…", "…?", "sadly", "😢"),
    "surprise": Mood("!", "?!", "with surprise", "😲"),
    "neutral": Mood(".", "?", "calmly", "😐"),
}
"""The wording, to be changed at will."""

ASKING = frozenset(
    """
    am are can could did do does had has have how is may might must shall should was were what when where which who whom
    whose why will would
    """.split()
)
"""First words of English questions."""

_ALWAYS_CAPITAL = {"i": "I", "i'm": "I'm", "i'll": "I'll", "i've": "I've", "i'd": "I'd"}


def check(expression: str) -> None:
    """Refuse an expression that is no key of `MOODS`; raises ValueError with those that are."""
    if expression not in MOODS:
        raise ValueError(f"no mood for {expression!r}: expected one of {', '.join(MOODS)}")


def sentence(words: str, expression: str) -> str:
    """Put words and an expression together: `"We won the match!" — said happily 😄`.

    Args:
        words: as a recogniser of speech gives them, without marks; an end mark that is there is replaced.
        expression: a key of `MOODS`.

    Raises:
        ValueError: there are no words, or no such mood.
    """
    spoken = words.strip().rstrip(".!?…").split()
    if not spoken:
        raise ValueError("no words to make a sentence of: expected at least one")
    check(expression)
    mood = MOODS[expression]
    end = mood.question if spoken[0].lower() in ASKING else mood.end
    text = " ".join(_ALWAYS_CAPITAL.get(word, word) for word in spoken)
    return f'"{text[0].upper()}{text[1:]}{end}" — said {mood.said} {mood.emoji}'
