"""Networks in LiteRT's format answer as Keras' own do."""

import keras
import numpy as np
import pytest

from mien.models import export, litert


@pytest.fixture
def joined():
    """A network of a picture and two numbers, in mixed precision, with layers that training changes."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    picture, numbers = keras.Input((8, 8, 1), name="picture"), keras.Input((2,), name="numbers")
    x = keras.layers.Rescaling(1 / 255)(picture)
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, activation="relu")(x))
    x = keras.layers.Flatten()(keras.layers.Dropout(0.5)(keras.ops.image.resize(x, (4, 4))))
    standardise = keras.layers.Normalization(dtype="float32")
    standardise.adapt(np.random.default_rng(1).normal(3, 5, (100, 2)))
    x = keras.layers.Concatenate()([x, standardise(numbers)])
    model = keras.Model([picture, numbers], keras.layers.Dense(3, "softmax", dtype="float32")(x))
    keras.config.set_dtype_policy(policy)
    return model


@pytest.fixture
def faces():
    rng = np.random.default_rng(0)
    return {"picture": rng.integers(0, 256, (litert.BLOCK + 3, 8, 8), np.uint8), "numbers": rng.normal(size=(67, 2))}


def test_it_answers_as_keras_does_however_many_faces_there_are(joined, faces, tmp_path):
    export.to_litert(joined, tmp_path / "model.tflite", half=True)
    network = litert.Network(tmp_path / "model.tflite")
    assert network.inputs == {"picture": (8, 8, 1), "numbers": (2,)}
    expected = joined.predict({**faces, "picture": faces["picture"][..., None]}, verbose=0)
    np.testing.assert_allclose(network(faces), expected, atol=0.02)  # bfloat16 has three digits
    for n in (1, 2, 1):
        np.testing.assert_allclose(network({k: v[:n] for k, v in faces.items()}), expected[:n], atol=0.02)


class InverseError(keras.layers.Layer):
    """What LiteRT has no operation for."""

    def call(self, x):
        return keras.ops.erfinv(x / 100)


def test_what_litert_does_not_know_is_refused_and_nothing_is_written(tmp_path):
    numbers = keras.Input((9,), name="numbers")
    with pytest.raises(Exception, match="Erfinv"):
        export.to_litert(keras.Model(numbers, InverseError()(numbers)), tmp_path / "model.tflite")
    assert [*tmp_path.iterdir()] == []
