import keras
import numpy as np

from mien.models.clone import copied


def test_a_copy_answers_as_the_original_and_is_one_of_its_own():
    numbers = keras.Input((3,), name="numbers")
    standardise = keras.layers.Normalization(name="standardise")
    standardise.adapt(np.random.default_rng(0).normal(5, 2, (100, 3)))
    model = keras.Model(numbers, keras.ops.relu(keras.layers.Dense(4, name="dense")(standardise(numbers))))
    copy = copied(model, lambda config: {"name": f"new_{config['name']}"})
    rows = np.random.default_rng(1).normal(5, 2, (6, 3))
    expected = model.predict(rows, verbose=0)
    np.testing.assert_array_equal(copy.predict(rows, verbose=0), expected)
    assert {layer.name for layer in copy.layers} >= {"new_standardise", "new_dense"}
    model.get_layer("dense").set_weights([np.zeros((3, 4)), np.zeros(4)])
    np.testing.assert_array_equal(copy.predict(rows, verbose=0), expected)
