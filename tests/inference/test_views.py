import keras
import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from mien.inference import views

SHARES = np.array([0.9, 0.1])


def test_ten_views_of_a_ramp_are_moved_by_a_twentieth_along_both_axes_and_mirrored():
    rows, columns = np.mgrid[:100, :100]
    seen = views.ten_views((rows + columns).astype(np.uint8)[None])[:, 0].astype(int)
    assert seen.shape == (10, 100, 100)
    middle = [view[50, 50] - 100 for view in seen[:5]]  # a face that moves right and down shows what was left and above
    np.testing.assert_allclose(middle, [0, -10, 0, 0, 10], atol=1)
    down = [view[60, 50] - view[50, 50] for view in seen]
    right = [view[50, 60] - view[50, 50] for view in seen]
    np.testing.assert_allclose(down, 10, atol=1)
    np.testing.assert_allclose(right, [10] * 5 + [-10] * 5, atol=1)


@pytest.fixture
def brightness():
    """A model whose two probabilities are the mean level and the rest."""
    inputs = keras.Input((48, 48, 1), name="picture")
    level = keras.layers.Rescaling(1 / 255)(keras.layers.GlobalAveragePooling2D()(inputs))
    return keras.Model(inputs, keras.layers.Concatenate()([level, 1 - level]))


def test_ten_views_give_the_mean_answer(brightness, crops):
    expected = views.ten_views(crops[:3]).mean(axis=(0, 2, 3)) / 255
    found = views.predict(brightness, {"picture": crops[:3]}, SHARES, 10)
    np.testing.assert_allclose(found, np.stack([expected, 1 - expected], axis=1), rtol=1e-4)


def test_one_view_is_the_picture_itself(brightness, crops):
    found = views.predict(brightness, {"picture": crops[:3]}, SHARES)
    np.testing.assert_allclose(found[:, 0], crops[:3].mean(axis=(1, 2)) / 255, rtol=1e-4)


def test_ten_views_are_of_a_picture_alone(brightness, crops):
    with pytest.raises(ValueError, match="10 of a picture alone; got 10 of picture, features"):
        views.predict(brightness, {"picture": crops[:3], "features": np.zeros((3, 2))}, SHARES, 10)


@pytest.fixture
def measured():
    """Meshes and scores of eight faces; of the third a point is missing, of the fifth a score."""
    rng = np.random.default_rng(0)
    mesh, scores = rng.normal(size=(8, 3, 2)), rng.random((8, 2))
    mesh[2, 1, 0] = scores[4, 1] = np.nan
    return {"mesh": mesh, "blendshape": scores}


def test_an_estimator_is_given_its_inputs_side_by_side(measured):
    table = np.hstack([measured["mesh"].reshape(8, 6), measured["blendshape"]])
    known = [0, 1, 3, 5, 6, 7]
    estimator = LogisticRegression().fit(table[known], [0, 1, 0, 1, 1, 0])
    found = views.predict(estimator, measured, SHARES)
    np.testing.assert_allclose(found[known], estimator.predict_proba(table[known]))


def test_a_face_that_could_not_be_measured_is_answered_otherwise(measured):
    mesh, scores = keras.Input((3, 2), name="mesh"), keras.Input((2,), name="blendshape")
    network = keras.Model([mesh, scores], keras.layers.Softmax()(scores))
    found = views.predict(network, measured, SHARES)
    assert found[[2, 4]].tolist() == [[0.9, 0.1]] * 2
    known = [0, 1, 3, 5, 6, 7]
    np.testing.assert_allclose(found[known], softmax(measured["blendshape"][known], axis=1), rtol=1e-5)


def test_where_no_face_was_measured_the_model_is_not_asked(measured):
    nothing = {name: np.full_like(values, np.nan) for name, values in measured.items()}
    assert views.predict(LogisticRegression(), nothing, SHARES).tolist() == [[0.9, 0.1]] * 8
    none = {name: values[:0] for name, values in measured.items()}
    assert views.predict(LogisticRegression(), none, SHARES).shape == (0, 2)


def test_few_faces_get_the_answers_that_many_get():
    picture = keras.Input((4, 4), name="picture")
    network = keras.Model(picture, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(picture)))
    pictures = np.random.default_rng(0).random((views.FEW + 1, 4, 4))
    many = views.answers(network, {"picture": pictures})
    few = [views.answers(network, {"picture": pictures[i : i + 3]}) for i in range(0, views.FEW + 1, 3)]
    np.testing.assert_allclose(np.concatenate(few), many, atol=1e-6)
