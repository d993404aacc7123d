import dlib
import keras
import numpy as np
import pytest
from PIL import Image
from skimage import data

from mien.engine import assets, store
from mien.face_model import FaceModel
from mien.models import dlib_resnet

pytestmark = pytest.mark.usefixtures("eagerly")

WEIGHTS = assets.dlib_model("dlib_face_recognition_resnet_model_v1.dat")


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """(150, 150) uint8, a gray face of the size that the recogniser was trained on."""
    return np.asarray(Image.fromarray(data.astronaut()).convert("L").crop((150, 40, 300, 190)))


@pytest.fixture(scope="module")
def network() -> keras.Model:
    inputs = keras.Input((150, 150, 1))
    return keras.Model(inputs, dlib_resnet.trunk(inputs))


def last_block(x: np.ndarray) -> np.ndarray:
    """The residual block that the trunk leaves out: (1, y, x, 256) -> (256,)."""
    (kernel, bias), (kernel_b, bias_b) = dlib_resnet.convolutions()[27:]
    y = keras.ops.relu(keras.ops.conv(x, kernel, 2, "valid") + bias)
    y = keras.ops.conv(y, kernel_b, 1, "same") + bias_b
    shortcut = keras.ops.average_pool(x, 2, 2, "valid")
    gap = shortcut.shape[1] - y.shape[1]
    y = keras.ops.pad(y, [(0, 0), (0, gap), (0, gap), (0, 0)])
    return keras.ops.convert_to_numpy(keras.ops.relu(shortcut + y)).mean((0, 1, 2))


def output_weights() -> np.ndarray:
    """(256, 128): the recogniser's last layer, behind its name and two sizes."""
    file = WEIGHTS.read_bytes()
    _, at = dlib_resnet._integers(file, file.index(b"fc_2") + 4, 2)
    return dlib_resnet._tensor(file, at)[0].reshape(256, 128)


def test_it_gives_the_descriptor_that_dlib_gives(network, portrait):
    expected = dlib.face_recognition_model_v1(str(WEIGHTS)).compute_face_descriptor(np.stack([portrait] * 3, axis=-1))
    found = last_block(network.predict(portrait[None], verbose=0)) @ output_weights()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_its_normalisations_know_faces_so_that_training_begins_where_the_recogniser_ended(network):
    model = FaceModel.open()
    faces = np.concatenate([model.render(*model.sample(8, emotion, seed=1), 150) for emotion in range(7)])[..., None]
    as_known, as_seen = (keras.ops.convert_to_numpy(network(faces, training=t)) for t in (False, True))
    assert np.corrcoef(as_known.ravel(), as_seen.ravel())[0, 1] > 0.95


def test_settling_changes_no_answer():
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(4, 3)(inputs))
    model, rng = keras.Model(inputs, x), np.random.default_rng(0)
    model.get_layer("norm").set_weights(rng.uniform(0.5, 2, (4, 4)))
    pictures = rng.normal(3, 2, (5, 8, 8, 1))
    before = model.predict(pictures, verbose=0)
    dlib_resnet.recalibrate_batchnorm(inputs, [model.get_layer("norm")], pictures)
    np.testing.assert_allclose(model.predict(pictures, verbose=0), before, rtol=1e-3, atol=1e-4)
    as_seen = keras.ops.convert_to_numpy(model(pictures, training=True))  # by the batch's own mean and variance
    np.testing.assert_allclose(as_seen, before, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("width", [64, 80, 95, 96])
def test_any_width_will_do(width, monkeypatch):
    monkeypatch.setattr(dlib_resnet, "_faces", lambda width: np.zeros((1, width, width, 1)))
    enlarged = keras.ops.image.resize(keras.Input((48, 48, 1)), (width, width))
    assert dlib_resnet.trunk(enlarged).shape[3] == 256


def test_its_file_is_opened_in_safe_mode_and_answers_as_before(network, portrait, tmp_path):
    store.save_model(network, tmp_path / "trunk.keras")
    again = store.open_model(tmp_path / "trunk.keras")
    np.testing.assert_array_equal(again.predict(portrait[None], verbose=0), network.predict(portrait[None], verbose=0))
