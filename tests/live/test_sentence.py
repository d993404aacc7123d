import pytest

from mien.live.sentence import MOODS, sentence
from mien.vocabulary.labels import EMOTIONS


def test_words_and_an_expression_become_a_sentence():
    assert sentence("we won the match", "happy") == '"We won the match!" — said happily 😄'


def test_the_same_words_are_said_otherwise_with_another_face():
    assert len({sentence("we won the match", expression) for expression in EMOTIONS}) == len(EMOTIONS)


def test_every_expression_has_a_mood():
    assert tuple(MOODS) == EMOTIONS


@pytest.mark.parametrize(
    ("words", "expression", "expected"),
    [
        ("what have you done", "angry", '"What have you done?!"'),
        ("will you come", "sad", '"Will you come…?"'),
        ("whatever you say", "neutral", '"Whatever you say."'),
        ("where is it", "happy", '"Where is it?"'),
    ],
)
def test_a_question_is_known_by_its_first_word(words, expression, expected):
    assert sentence(words, expression).startswith(expected + " — ")


def test_i_is_a_capital_wherever_it_stands():
    assert sentence("i think i'm late", "fear").startswith('"I think I\'m late…"')


@pytest.mark.parametrize("words", ["it rains.", "  It rains!? ", "it  rains…"])
def test_marks_and_blanks_of_the_recogniser_do_not_stay(words):
    assert sentence(words, "neutral").startswith('"It rains."')


@pytest.mark.parametrize("words", ["", "  ", "?!"])
def test_without_words_there_is_no_sentence(words):
    with pytest.raises(ValueError, match="no words to make a sentence of"):
        sentence(words, "happy")


def test_a_mood_that_is_not_there():
    with pytest.raises(ValueError, match="no mood for 'bored': expected one of angry, disgust"):
        sentence("so it goes", "bored")
