import numpy as np
import pytest

from mien.vocabulary import labels
from mien.vocabulary.labels import EMOTIONS, TARGETS, UNKNOWN


@pytest.mark.parametrize(
    ("word", "name"), [("Anger", "angry"), (" happiness ", "happy"), ("SURPRISED", "surprise"), ("neutral", "neutral")]
)
def test_an_expression_has_one_code_whatever_it_is_called(word, name):
    assert labels.code_of(word) == EMOTIONS.index(name)


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match=r"'contempt'.*angry"):
        labels.code_of("contempt")


def test_eye_states_are_in_the_order_of_their_opening():
    states = [labels.eye_state_of(name) for name in ("eye_closed", "eye_narrowed", " Eye_Open", "eye_wide")]
    assert states == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"'eye_winking'.*eye_closed"):
        labels.eye_state_of("eye_winking")


def test_the_five_class_codes_are_translated():
    five = labels.codes_of([0, 1, 2, 3, 4, 5], labels.CODE_MAPS["five"])
    assert [EMOTIONS[code] for code in five[:5]] == ["angry", "disgust", "sad", "happy", "surprise"]
    assert five[5] == UNKNOWN


@pytest.mark.parametrize("name", TARGETS)
def test_a_face_of_unknown_expression_has_no_class(name):
    assert TARGETS[name].encode(np.array([UNKNOWN])) == [UNKNOWN]


def test_targets_encode_the_expressions_they_are_made_of():
    every = np.arange(len(EMOTIONS))
    assert TARGETS["emotion7"].encode(every).tolist() == every.tolist()
    assert TARGETS["happy"].encode(every).tolist() == [0, 0, 0, 1, 0, 0, 0]
    kept = {EMOTIONS[code]: TARGETS["emotion5"].encode(np.array([code]))[0] for code in every}
    assert kept == {"angry": 0, "disgust": 1, "sad": 2, "happy": 3, "surprise": 4, "fear": UNKNOWN, "neutral": UNKNOWN}


def test_contempt_is_none_of_the_seven_and_a_number_without_a_name_is_unknown():
    assert labels.codes_of([1, 2.0, 3], {1: "contempt", 2: "happy"}).tolist() == [UNKNOWN, 3, UNKNOWN]


def test_an_unknown_target_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="unknown target 'emotion9': there are emotion7, emotion5, happy"):
        TARGETS["emotion9"]


def test_probabilities_of_expressions_fold_into_those_of_a_target():
    p = np.array([[0.1, 0.05, 0.05, 0.4, 0.1, 0.1, 0.2]])
    np.testing.assert_allclose(TARGETS["emotion7"].fold(p), p)
    np.testing.assert_allclose(TARGETS["happy"].fold(p), [[0.6, 0.4]])
    np.testing.assert_allclose(TARGETS["emotion5"].fold(p), np.array([[0.1, 0.05, 0.1, 0.4, 0.1]]) / 0.75)
