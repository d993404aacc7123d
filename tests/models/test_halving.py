"""Large weights take half the room, and nothing else of a network changes."""

import keras
import numpy as np
import pytest

from mien.models import export, halving, litert

MISSING = "is missing: `uv pip install --group backends` installs it"


@pytest.fixture
def numbers() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(9, 100)).astype(np.float32)


def network(rounded: bool) -> keras.Model:
    """A large layer, of weights rounded to half precision or not, and a small one, of weights that never are."""
    keras.utils.set_random_seed(0)
    given = keras.Input((100,), name="numbers")
    large = keras.layers.Dense(1000, "relu", name="large")
    model = keras.Model(given, keras.layers.Dense(3)(large(given)))
    if rounded:
        kernel, bias = large.get_weights()
        large.set_weights([kernel.astype(np.float16).astype(np.float32), bias])
    return model


def written(form: str, model: keras.Model, folder, half: bool):
    """A file of a network, and what answers with it."""
    if form == "LiteRT":
        export.to_litert(model, folder / "model.tflite", half)
        return folder / "model.tflite", lambda x: litert.Network(folder / "model.tflite")({"numbers": x})
    pytest.importorskip("tf2onnx", reason=f"tf2onnx {MISSING}")
    runtime = pytest.importorskip("onnxruntime", reason=f"onnxruntime {MISSING}")
    export.to_onnx(model, folder / "model.onnx", "answers", half)
    return folder / "model.onnx", lambda x: runtime.InferenceSession(folder / "model.onnx").run(None, {"numbers": x})[0]


@pytest.mark.parametrize("form", ["ONNX", "LiteRT"])
def test_it_answers_as_a_network_whose_large_weights_are_rounded(form, numbers, tmp_path):
    file, answers = written(form, network(rounded=False), tmp_path, half=True)
    expected = network(rounded=True).predict(numbers, verbose=0)
    np.testing.assert_allclose(answers(numbers), expected, atol=1e-5)
    assert np.abs(network(rounded=False).predict(numbers, verbose=0) - expected).max() > 1e-4
    assert file.stat().st_size == pytest.approx(2 * 100_000, rel=0.15)  # the small layer has four bytes a weight


@pytest.mark.parametrize("form", ["ONNX", "LiteRT"])
def test_a_network_of_small_layers_stays_as_it_was(form, numbers, tmp_path, monkeypatch):
    monkeypatch.setattr(halving, "LARGE", 100_001)
    _, answers = written(form, network(rounded=False), tmp_path, half=True)
    np.testing.assert_allclose(answers(numbers), network(rounded=False).predict(numbers, verbose=0), atol=1e-5)
