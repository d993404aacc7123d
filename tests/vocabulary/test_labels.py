import numpy as np
import pytest

from mien.vocabulary import labels
from mien.vocabulary.labels import EMOTIONS, TARGETS, UNKNOWN


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Anger", "angry"),
        (" happiness ", "happy"),
        ("SURPRISED", "surprise"),
        ("neutral", "neutral"),
        ("face_happy", "happy"),
        ("03 - Sad", "sad"),
        ("fear images", "fear"),
    ],
)
def test_an_expression_has_one_code_whatever_it_is_called(word, name):
    assert labels.code_of(word) == EMOTIONS.index(name)


@pytest.mark.parametrize("word", ["contempt", "not happy", "happily_disgust", "happy_surprised", "happy_cats", "3", ""])
def test_an_unknown_word_and_two_expressions_are_refused_with_the_names_that_are_known(word):
    with pytest.raises(ValueError, match=rf"'{word}'.*angry \(anger\).*neutral"):
        labels.code_of(word)


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("train", ["train", "Training", "train_set", "TrainSet", "training images", "train2017", "fer2013-train"]),
        ("train", ["train (1)", "for_training", "my train data", "IMG_train_3", "RAF-DB_train", "P1_happy_train_aug"]),
        ("validation", ["val", "valid", "Validation", "dev", "validation_data", "PublicTest", "public test"]),
        (
            "test",
            ["testing", "Test", "test_set", "test images", "eval", "hold-out", "heldout", "PrivateTest", "my_test"],
        ),
        ("", ["all", "trainval", "train_val", "contest", "latest", "happy", "trainees", "invalid", "P1", ""]),
    ],
)
def test_a_split_is_known_by_its_words_and_by_no_other(split, words):
    assert {word: labels.split_named(word) for word in words} == dict.fromkeys(words, split)


@pytest.mark.parametrize(
    "text",
    ["not_for_training", "non_train", "no-training", "not train", "do_not_train", "excluded_from_training", "pre-train"]
    + ["except_train", "train_excluded", "train_rejects", "no-train_3", "all_but_train", "not_in_train", "Anna_train"],
)
def test_a_word_beside_train_that_may_deny_it_leaves_no_split(text):
    assert labels.split_named(text) == ""
    assert labels.may_deny_train(text)


@pytest.mark.parametrize("text", ["train", "happy", "untrained", "train_val", "pretest", "not_test", "rest_of_test"])
def test_only_training_can_be_denied(text):
    assert not labels.may_deny_train(text)


def test_a_word_for_a_split_among_others_is_no_word_for_one():
    words = ("Test", "test_set", "testing data", "my_test", "test 1", "happy")
    assert [labels.split_of(word) for word in words] == ["test"] * 3 + [""] * 3


def test_the_words_that_are_known_are_said():
    assert "validation (validation, val, " in labels.split_words()


def test_what_numbers_mean_is_a_name_or_a_table_of_ones_own():
    assert labels.code_map("raf_db")[1] == "surprise"
    own = labels.code_map("1 Surprise, 2: fear,3=disgusted , 8 contempt")
    assert own == {1: "surprise", 2: "fear", 3: "disgust", 8: "contempt"}
    with pytest.raises(ValueError, match="'1 angry, 1 happy' says twice what a number means"):
        labels.code_map("1 angry, 1 happy")
    assert labels.code_map(labels.numbered(labels.CODE_MAPS["affectnet"])) == labels.CODE_MAPS["affectnet"]


@pytest.mark.parametrize("said", ["six", "1", "1 hungry", "happy 1", "1 happy; 2 sad", ""])
def test_what_is_no_table_of_numbers_is_refused_with_those_there_are(said):
    with pytest.raises(
        ValueError, match=rf"code_map '{said}'.*fer2013 \(0 angry, .*raf_db \(1 surprise, .*or your own"
    ):
        labels.code_map(said)


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


@pytest.mark.parametrize("text", ["TestPhotos", "testA", "isTest", "trainTest", "PrivateTest", "testRGB", "HoldOut"])
def test_capitals_part_words_where_no_word_is_found_without(text):
    assert "test" in labels.splits_in(text)


@pytest.mark.parametrize("text", ["PublicTest", "PublicTest_12"])
def test_a_name_of_fer2013_s_is_one_word(text):
    assert labels.splits_in(text) == {"validation"}


@pytest.mark.parametrize("text", ["LatestPhotos", "Contest", "AttestA"])
def test_no_word_begins_within_another(text):
    assert not labels.splits_in(text)
