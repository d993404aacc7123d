"""Networks in ONNX and in LiteRT's format answer as Keras' own do in single precision."""

import keras
import numpy as np
import pytest
from keras import layers

from mien.models import export, litert, ordinal

MISSING = "is missing: `uv pip install --group backends` installs it"


def joined(policy: str) -> keras.Model:
    """A network of a picture and two numbers, with what training changes and what converters fold into kernels."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    picture, numbers = keras.Input((8, 8, 1), name="picture"), keras.Input((2,), name="numbers")
    x = layers.Conv2D(4, 3, activation="relu")(layers.Rescaling(1 / 255)(picture))
    x = layers.Flatten()(layers.Dropout(0.5)(layers.BatchNormalization()(x)))
    standardise = layers.Normalization(dtype="float32")
    standardise.adapt(np.random.default_rng(1).normal(3, 5, (100, 2)))
    x = layers.Concatenate()([x, standardise(numbers)])
    model = keras.Model([picture, numbers], layers.Dense(3, "softmax", dtype="float32")(x))
    keras.config.set_dtype_policy(before)
    return model


@pytest.fixture
def stored() -> keras.Model:
    """A network as it ships, in mixed precision, that has learned."""
    model, rng = joined("mixed_bfloat16"), np.random.default_rng(2)
    weights = model.get_weights()
    model.set_weights([weight + rng.uniform(0, 0.5, weight.shape).astype(weight.dtype) for weight in weights])
    return model


@pytest.fixture
def faces():
    rng = np.random.default_rng(0)
    return {
        "picture": rng.integers(0, 256, (67, 8, 8, 1)).astype(np.float32),
        "numbers": rng.normal(3, 5, (67, 2)).astype(np.float32),
    }


@pytest.fixture
def expected(stored, faces) -> np.ndarray:
    """What the same weights answer in a network that was built in single precision."""
    twin = joined("float32")
    twin.set_weights(stored.get_weights())
    for layer in twin.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
    return twin.predict(faces, verbose=0)


def session(path):
    return pytest.importorskip("onnxruntime", reason=f"onnxruntime {MISSING}").InferenceSession(path)


@pytest.fixture
def tf2onnx():
    pytest.importorskip("tf2onnx", reason=f"tf2onnx {MISSING}")


def test_onnx_answers_as_keras_does_however_many_faces_there_are(tf2onnx, stored, faces, expected, tmp_path):
    export.to_onnx(stored, tmp_path / "model.onnx", "probabilities")
    network = session(tmp_path / "model.onnx")
    for n in (67, 1, 2):
        (found,) = network.run(["probabilities"], {name: values[:n] for name, values in faces.items()})
        np.testing.assert_allclose(found, expected[:n], atol=1e-5)
    assert expected.std(axis=0).max() > 0.01  # the faces differ, and so do the answers


def test_onnx_says_what_goes_in_and_what_comes_out(tf2onnx, stored, tmp_path):
    export.to_onnx(stored, tmp_path / "model.onnx", "probabilities")
    network = session(tmp_path / "model.onnx")
    assert {tensor.name: (tensor.shape, tensor.type) for tensor in (*network.get_inputs(), *network.get_outputs())} == {
        "picture": (["face", 8, 8, 1], "tensor(float)"),
        "numbers": (["face", 2], "tensor(float)"),
        "probabilities": (["face", 3], "tensor(float)"),
    }


def test_litert_answers_as_keras_does(stored, faces, expected, tmp_path):
    export.to_litert(stored, tmp_path / "model.tflite")
    np.testing.assert_allclose(litert.Network(tmp_path / "model.tflite")(faces), expected, atol=1e-5)


def test_eye_states_become_a_network(tf2onnx, tmp_path):
    rng = np.random.default_rng(0)
    state = rng.integers(0, 4, 200)
    rows = (0.1 * state + rng.normal(0, 0.02, 200))[:, None] * [1, 0.8]
    estimator = ordinal.build().fit(rows, state)
    export.to_onnx(export.as_network(estimator, {"inputs": {"eyes": [2]}}), tmp_path / "model.onnx", "probabilities")
    (found,) = session(tmp_path / "model.onnx").run(None, {"eyes": np.float32(rows)})
    np.testing.assert_allclose(found, estimator.predict_proba(rows), atol=1e-5)


class InverseError(layers.Layer):
    """What ONNX has no operation for."""

    def call(self, x):
        return keras.ops.erfinv(x / 100)


def test_what_onnx_does_not_know_is_refused_and_nothing_is_written(tf2onnx, tmp_path):
    numbers = keras.Input((9,), name="numbers")
    with pytest.raises(ValueError, match=r"operation that ONNX does not know: .*Erfinv"):
        export.to_onnx(keras.Model(numbers, InverseError()(numbers)), tmp_path / "model.onnx", "probabilities")
    assert [*tmp_path.iterdir()] == []


class Shifted(layers.Layer):
    """Holds a tensor that is no weight."""

    def build(self, shape):
        self.shift = keras.ops.ones((1, 9))

    def call(self, x):
        return x + self.shift


def test_a_constant_that_would_become_an_input_is_refused(tf2onnx, tmp_path):
    numbers = keras.Input((9,), name="numbers")
    with pytest.raises(ValueError, match="constants that tf2onnx makes inputs"):
        export.to_onnx(
            keras.Model(numbers, Shifted(dtype="float32")(numbers)), tmp_path / "model.onnx", "probabilities"
        )
    assert [*tmp_path.iterdir()] == []


def test_without_tf2onnx_it_says_what_installs_it(stored, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"tf2onnx.* is missing: .*`.venv/bin/uv pip install -e '.\[onnx\]'`"):
        export.to_onnx(stored, tmp_path / "model.onnx", "probabilities")
    assert [*tmp_path.iterdir()] == []
