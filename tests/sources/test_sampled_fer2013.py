import numpy as np
import pytest

from mien.face_model import FaceModel
from mien.sources import fer2013, sampled_fer2013
from mien.sources.sampled_fer2013 import COPIES, TAGGED, Dials
from mien.vocabulary.labels import EMOTIONS

SAME = 0.985  # correlation from which pictures count as copies


@pytest.fixture
def kinds():
    """Split and expression of 4,000 rows."""
    rng = np.random.default_rng(0)
    return rng.choice(3, 4000, p=[0.8, 0.1, 0.1]), rng.integers(0, 7, 4000)


def test_people_name_another_expression_as_often_as_in_fer2013(kinds):
    usage, emotion = kinds
    said = sampled_fer2013.tagged(usage, emotion, np.random.default_rng(1))
    for code, name in enumerate(EMOTIONS):
        own = said[emotion == code]
        expected = 1 - TAGGED[code, code] / TAGGED[code].sum()
        # within four standard errors of a binomial
        assert np.mean(own != code) == pytest.approx(expected, abs=4 * (0.25 / len(own)) ** 0.5), name
    assert not (said[emotion == EMOTIONS.index("happy")] == EMOTIONS.index("sad")).any()  # nobody did


def test_no_class_is_lost_by_tagging():
    usage, emotion = np.repeat([0, 1, 2], 7), np.tile(np.arange(7), 3)
    for seed in range(20):
        np.testing.assert_array_equal(sampled_fer2013.tagged(usage, emotion, np.random.default_rng(seed)), emotion)


def test_a_share_of_every_split_is_copied_from_training_faces_of_that_expression(kinds):
    usage, emotion = kinds
    origin = sampled_fer2013.copied(usage, emotion, np.random.default_rng(1))
    copies = origin != np.arange(len(usage))
    for split in range(3):
        assert copies[usage == split].mean() == pytest.approx(COPIES, abs=0.002)
    assert (usage[origin[copies]] == 0).all()
    assert not copies[origin].any()
    np.testing.assert_array_equal(emotion[origin], emotion)


def test_a_picture_published_again_counts_as_a_copy_and_is_not_the_same():
    model, rng = FaceModel.open(), np.random.default_rng(0)
    pictures, shape = sampled_fer2013.draw(model, np.tile(np.arange(7), 5), 0, Dials.open())
    assert shape.shape == (35, model.shapes)
    for picture in pictures:
        again = sampled_fer2013.published_again(picture, rng)
        assert np.corrcoef(picture.ravel(), again.ravel())[0, 1] >= SAME
        assert (picture != again).any()


def test_spoiled_pictures_are_of_the_same_faces():
    model, emotion = FaceModel.open(), np.arange(7)
    mild = sampled_fer2013.draw(model, emotion, 0, Dials(1.5, 1.5, 0.7, 0.0))
    hard = sampled_fer2013.draw(model, emotion, 0, Dials(1.5, 1.5, 0.7, 2.0))
    np.testing.assert_array_equal(mild[1], hard[1])
    assert (mild[0] != hard[0]).any(axis=(1, 2)).all()


def test_the_file_is_read_by_the_reader_and_has_its_copies(tmp_path):
    shape = sampled_fer2013.write(tmp_path, FaceModel.open(), 168, 0)
    faces = fer2013.read(tmp_path)
    assert len(shape) == 168
    flat = faces["image"].values.reshape(168, -1).astype(float)
    alike = np.corrcoef(flat) - np.eye(168)
    assert (alike.max(axis=1) >= SAME).sum() >= round(2 * COPIES * 150)  # a copy and its original each
    for split in ("train", "validation", "test"):
        assert len(np.unique(faces["emotion"].values[faces["split"].values == split])) == 7
