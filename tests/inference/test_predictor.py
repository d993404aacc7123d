"""Answers to faces and to whole pictures, by networks whose answers the test knows."""

import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from keras import layers

from mien.engine import blocks, store
from mien.face_model import FaceModel
from mien.face_model import eyes as lids
from mien.features import crops as crop_features
from mien.features import distances
from mien.inference import Predictor
from mien.inference.predictor import POINTS
from mien.landmarks import dlib68
from mien.models import pretrained
from mien.vocabulary.labels import EMOTIONS
from mien.vocabulary.topology import KEYPOINTS15

PICTURE = {"picture": ["faces", "faces", "image"]}
MEASURED = {"picture": ["features", "crops_dlib68", "masked"], "features": ["features", "distances_enm", "value"]}
CLASSES = ("dark", "bright")


@pytest.fixture
def brightness():
    """Probability of `bright`: the mean grey level over 255."""
    picture = keras.Input((48, 48, 1), name="picture")
    bright = layers.Rescaling(1 / 255)(layers.GlobalAveragePooling2D()(picture))
    return keras.Model(picture, layers.Concatenate()([layers.Rescaling(-1, 1)(bright), bright]))


@pytest.fixture
def middle():
    """Every keypoint in the middle of a 96x96 picture."""
    picture = keras.Input((96, 96, 1), name="picture")
    zero = layers.Rescaling(0.0, 47.5)(layers.Flatten()(picture))
    return keras.Model(picture, layers.Reshape((15, 2))(zero[:, :30]))


def test_one_row_a_face_with_its_probabilities(brightness, crops):
    table = Predictor(brightness, CLASSES, PICTURE).predict(crops)
    expected = crops.mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(table["bright"], expected, atol=1e-6)
    np.testing.assert_allclose(table["dark"], 1 - expected, atol=1e-6)
    assert (table["expression"] == np.where(expected > 0.5, "bright", "dark")).all()


def test_a_face_of_another_size_is_the_same_face(brightness, portrait):
    small, large = (Predictor(brightness, CLASSES, PICTURE).predict(portrait[None, ::s, ::s]) for s in (1, 2))
    np.testing.assert_allclose(small["bright"], large["bright"], atol=0.01)


@pytest.mark.parametrize("size", [48, 96, 150])
def test_keypoints_are_in_pixels_of_the_face_given(brightness, middle, size):
    table = Predictor(brightness, CLASSES, PICTURE, middle).predict(np.zeros((2, size, size), np.uint8))
    names = [f"{name}_{axis}" for name in KEYPOINTS15 for axis in "xy"]
    assert list(table.columns) == ["expression", *CLASSES, *names]
    np.testing.assert_allclose(table[names], (size - 1) / 2, atol=1e-4)


def test_every_face_of_a_picture_is_found_and_said_where(brightness, middle, portrait):
    picture = np.full((400, 700, 3), 128, np.uint8)
    corners = (30, 60), (400, 200)
    for x, y in corners:
        picture[y : y + 150, x : x + 150] = portrait[..., None]
    table = Predictor(brightness, CLASSES, PICTURE, middle).predict(picture).sort_values("left")
    assert len(table) == 2
    for (x, y), (_, face) in zip(corners, table.iterrows(), strict=True):
        centre = (face["left"] + face["right"] - 1) / 2, (face["top"] + face["bottom"] - 1) / 2
        assert centre == pytest.approx((x + 75, y + 75), abs=20)
        assert (face["nose_tip_x"], face["nose_tip_y"]) == pytest.approx(centre, abs=0.6)


def test_a_picture_without_a_face_has_no_rows(brightness, middle):
    table = Predictor(brightness, CLASSES, PICTURE, middle).predict(np.full((300, 300), 128, np.uint8))
    assert len(table) == 0
    assert {"left", "expression", "bright", "nose_tip_x"} <= {*table.columns}


def test_a_model_is_given_what_it_was_trained_on_bit_for_bit(brightness, crops, tmp_path):
    crops = crops[-12:]  # the last shows no face
    faces = xr.Dataset({"image": (("face", "y", "x"), crops)}, {"id": ("face", np.arange(len(crops)))})
    path = {name: tmp_path / f"{name}.zarr" for name in ("faces", "landmarks", "crops", "distances")}
    store.save_dataset(faces, path["faces"])
    blocks.map_faces(dlib68.detect, path["faces"], path["landmarks"])  # as 20, 30 and 34 do
    masked = blocks.map_faces(crop_features.crops, [path["faces"], path["landmarks"]], path["crops"])["masked"]
    store.save_dataset(distances.distances(store.open_dataset(path["landmarks"]), subset="enm"), path["distances"])
    value = store.open_dataset(path["distances"])["value"]
    given = Predictor(brightness, CLASSES, MEASURED).features(crops)
    np.testing.assert_array_equal(given["picture"], masked)
    np.testing.assert_array_equal(given["features"], value)


def test_the_eyes_of_a_mesh_that_is_known_are_named_and_others_are_not(brightness, crops):
    model = FaceModel.open()
    shape, appearance = model.sample(1, emotion=6, seed=0)
    wide = model.points(lids.with_opening(model, shape, appearance, [0.45])[0], 48)
    meshes = np.concatenate([wide, np.full_like(wide, np.nan)])
    predictor = Predictor(brightness, CLASSES, PICTURE, lids=pretrained.load(pretrained.EYES))
    table = predictor.look([*crops[:2]], [(0, 0, 48, 48)] * 2, meshes)
    assert table["eye_state"].fillna("none").tolist() == ["wide", "none"]


def test_what_needs_a_mesh_that_is_not_found_says_nothing(brightness, monkeypatch):
    monkeypatch.setattr(Predictor, "features", lambda self, faces: {"picture": np.full((len(faces), 48, 48), np.nan)})
    table = Predictor(brightness, CLASSES, PICTURE).predict(np.zeros((2, 48, 48), np.uint8))
    assert table[["expression", *CLASSES]].isna().all(axis=None)


def test_of_a_picture_too_large_to_search_the_faces_are_where_they_are(brightness, portrait):
    picture = np.full((2000, 9000), 128, np.uint8)
    picture[400:1600, 7000:8200] = np.kron(portrait, np.ones((8, 8), np.uint8))
    (face,) = Predictor(brightness, CLASSES, PICTURE).predict(picture).itertuples()
    assert (face.left + face.right) / 2 == pytest.approx(7600, abs=150)
    assert (face.top + face.bottom) / 2 == pytest.approx(1000, abs=150)


def test_a_source_that_nothing_makes(brightness, crops):
    with pytest.raises(ValueError, match=r"nothing makes features/smiles .* expected faces/faces, landmarks/dlib68"):
        Predictor(brightness, CLASSES, {"picture": ["features", "smiles", "value"]}).predict(crops)


@pytest.mark.parametrize("image", [np.zeros((48, 48)), np.zeros((2, 48, 48, 3), np.uint8)], ids=["float", "four axes"])
def test_what_is_no_picture(brightness, image):
    with pytest.raises(ValueError, match=r"expected uint8, a picture \(height, width\)"):
        Predictor(brightness, CLASSES, PICTURE).predict(image)


@pytest.mark.parametrize("wrong", [np.float32, np.uint16], ids=["float", "16 bits"])
def test_each_way_to_look_refuses_what_is_no_picture(brightness, portrait, wrong):
    predictor = Predictor(brightness, CLASSES, PICTURE)
    for look in (
        lambda: predictor.boxes(portrait.astype(wrong)),
        lambda: predictor.look([portrait, portrait.astype(wrong)], [(0, 0, 150, 150)] * 2),
        lambda: predictor.features(np.zeros((2, 48, 48), wrong)),
        lambda: predictor.features(np.zeros((2, 50, 50), np.uint8)),
        lambda: predictor.boxes(np.zeros((2, 48, 48), np.uint8)),
    ):
        with pytest.raises(ValueError, match=r"expected uint8, a picture \(height, width\)"):
            look()


def test_each_way_to_look_takes_what_predict_takes(brightness, portrait):
    predictor = Predictor(brightness, CLASSES, PICTURE)
    clear = np.dstack([portrait] * 3 + [np.zeros_like(portrait)])
    boxes = predictor.boxes(portrait)
    assert len(boxes) == 1
    assert predictor.boxes(clear) == predictor.boxes(portrait[..., None]) == boxes
    pd.testing.assert_frame_equal(predictor.look([clear], boxes), predictor.look([portrait], boxes))


def test_models_that_ship_open_by_their_names(crops):
    table = Predictor.open("small-emotion7").predict(crops[:4])
    np.testing.assert_allclose(table[[*EMOTIONS]].sum(axis=1), 1, atol=1e-5)
    assert table[POINTS].ge(0).all(axis=None)
    assert table[POINTS].lt(48).all(axis=None)
    assert not {*POINTS} & {*Predictor.open("small-emotion7", keypoints=None).predict(crops[:1]).columns}


def test_a_model_that_tells_no_expressions_is_refused():
    with pytest.raises(ValueError, match="keypoints15 tells no expressions: `mien models` lists those that do"):
        Predictor.open("keypoints15")


def test_the_default_models_answer_without_tensorflow(portrait, tmp_path):
    """Nor Keras nor scikit-learn: they take seconds."""
    np.save(tmp_path / "portrait.npy", portrait)
    answer = (
        "import sys; import numpy as np; from mien.inference import Predictor, batch; "
        f"print(len(Predictor.open().predict(np.load({str(tmp_path / 'portrait.npy')!r})[None])), "
        "{'keras', 'sklearn', 'tensorflow'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", answer], capture_output=True, text=True, check=True)
    assert done.stdout == "1 set()\n"


def test_the_room_loads_nothing_of_training():
    """Nor what only training, data sets and reports need."""
    heavy = "keras keras_tuner tensorflow sklearn skops papermill jinja2 openpyxl".split()
    rooms = "mien.training mien.sources mien.publishing mien.evaluation".split()
    said = (
        "import pkgutil, importlib, sys, mien.inference as room\n"
        "for module in pkgutil.iter_modules(room.__path__, 'mien.inference.'): importlib.import_module(module.name)\n"
        f"print([name for name in {heavy + rooms} if name in sys.modules], 'mien.inference.batch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True).stdout == "[] True\n"
