import re
import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mien.engine import store
from mien.face_model import FaceModel, eyes
from mien.landmarks import mediapipe478
from mien.sources import ckplus, fer2013, folder, sample
from mien.vocabulary import labels, topology

FACES = 168


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """The raw files of a small sample."""
    folder = tmp_path_factory.mktemp("raw")
    sample.write(folder, FACES)
    return folder


def test_the_same_seed_writes_the_same_bytes(raw, tmp_path):
    sample.write(tmp_path, FACES)
    assert store.digest(tmp_path) == store.digest(raw)


def test_another_seed_draws_other_faces_with_the_same_shares(raw, tmp_path):
    (tmp_path / "fer2013").mkdir()
    sample.write_fer2013(tmp_path / "fer2013", FaceModel.open(), FACES, seed=1)
    one, other = (fer2013.read(folder / "fer2013") for folder in (raw, tmp_path))
    assert not np.array_equal(one["image"], other["image"])
    assert sorted(one["split"].values) == sorted(other["split"].values)


def test_fer2013_has_every_expression_in_every_split_and_disgust_is_rarest(raw):
    faces = fer2013.read(raw / "fer2013")
    assert faces.sizes == {"face": FACES, "y": 48, "x": 48}
    counts = pd.crosstab(faces["emotion"].values, faces["split"].values.astype(object))
    assert (counts.loc[:, list(labels.SPLITS)] > 0).all(axis=None)
    assert counts.sum(axis=1).idxmin() == labels.EMOTIONS.index("disgust")
    assert counts.sum(axis=1).idxmax() == labels.EMOTIONS.index("happy")
    assert counts["train"].sum() / FACES == pytest.approx(28709 / 35887, abs=0.05)


def truth(raw, source, faces):
    """Points and blendshapes from which faces were drawn, in the order of the faces."""
    with np.load(raw / source / sample.TRUTH, allow_pickle=False) as file:
        rows = [file["id"].tolist().index(name) for name in faces["id"].values]
        return file["points"][rows], file["blendshape"][rows]


def test_the_truth_belongs_to_the_faces_row_by_row(raw):
    faces = fer2013.read(raw / "fer2013")
    points, blendshape = truth(raw, "fer2013", faces)
    assert points.shape == (FACES, 478, 3)
    happy = faces["emotion"].values == labels.EMOTIONS.index("happy")
    smile = blendshape[:, [name.startswith("mouthSmile") for name in topology.BLENDSHAPES]].mean(axis=1)
    assert smile[happy].mean() > 2 * smile[~happy].mean()


def test_mediapipe_finds_the_points_from_which_a_face_was_drawn(raw):
    faces = fer2013.read(raw / "fer2013").isel(face=slice(0, 20))
    points, _ = truth(raw, "fer2013", faces)
    found = mediapipe478.detect(faces)
    seen = found["detected"].values
    eyes = topology.interocular(topology.as_dlib68(points[..., :2]))[:, None]
    apart = np.linalg.norm(found["points"].values[..., :2] - points[..., :2], axis=-1) / eyes
    assert seen.mean() > 0.8
    assert apart[seen].mean() < 0.06


def test_the_eye_states_have_a_truth_that_says_how_far_they_are_open(raw):
    faces = folder.read_eye_states(raw / "eye_state")
    said = pd.read_csv(raw / "eye_state" / "truth.csv", index_col="file")
    opening = eyes.opening(truth(raw, "eye_state", faces)[0])
    np.testing.assert_allclose(opening, said.loc[[f"{name}.png" for name in faces["id"].values], "opening"], atol=1e-3)
    nearest = np.abs(opening[:, None] - np.array(list(eyes.STATES.values()))).argmin(axis=1)
    np.testing.assert_array_equal(faces["eye_state"], nearest)


def test_keypoints_are_in_kaggle_s_form(raw):
    table = pd.read_csv(raw / "keypoints" / "training.csv")
    assert table.shape == (FACES // 10, 31)
    assert table.columns[0] == "left_eye_center_x"
    assert table.columns[-1] == "Image"
    image = np.array([text.split() for text in table["Image"]], int)
    assert image.shape == (len(table), 96 * 96)
    assert image.min() >= 0
    assert image.max() <= 255
    always = [f"{name}_{axis}" for name in sample.ALWAYS for axis in "xy"]
    assert table[always].notna().all(axis=None)
    assert set(table.drop(columns="Image").notna().sum(axis=1)) == {8, 30}
    assert (table["left_eye_center_x"] > table["right_eye_center_x"]).all()  # the subject's left is on the right


def test_ckplus_is_read_by_its_reader(raw):
    faces = ckplus.read(raw / "ckplus")
    assert sorted(np.unique(faces["emotion"])) == [0, 1, 2, 3, 4, 5]  # all but neutral
    assert len(np.unique(faces["group"])) == sample.SUBJECTS
    kept = sample.FRAMES - int(0.4 * sample.FRAMES)
    assert faces.sizes["face"] == sample.SUBJECTS * 6 * kept


def test_a_folder_has_pictures_of_many_sizes_with_a_face_on_each(raw):
    sizes = {Image.open(path).size for path in (raw / "folder").rglob("*.png")}
    assert len(sizes) > 30
    with warnings.catch_warnings(record=True) as said:
        faces = folder.read(raw / "folder")
    assert np.bincount(faces["emotion"]).tolist() == [10] * 7
    found = 70 - sum(int(re.search(r"(\d+) pictures", str(warning.message))[1]) for warning in said)
    assert found > 0.75 * 70  # of real FER2013, dlib's detector finds 79 %


def test_sequences_grow_from_neutral_to_apex(raw):
    (folder,) = (raw / "ckplus" / "cohn-kanade-images").glob("S001/004")  # happy
    frames = np.array([Image.open(path) for path in sorted(folder.iterdir())], float)
    distance = np.abs(frames - frames[0]).mean(axis=(1, 2))
    assert (np.diff(distance) > 0).all()


def test_eye_states_are_what_their_opening_says(raw):
    truth = pd.read_csv(raw / "eye_state" / "truth.csv")
    means = truth.groupby("state")["opening"].mean()[list(eyes.STATES)]
    assert means.is_monotonic_increasing
    for row in truth.itertuples():
        assert (raw / "eye_state" / row.state / row.file).exists()
    nearest = {name: abs(truth["opening"] - middle) for name, middle in eyes.STATES.items()}
    assert (pd.DataFrame(nearest).idxmin(axis=1) == truth["state"]).all()


def test_a_built_in_profile_is_drawn_once(home, monkeypatch):
    drawn = []

    def write(folder, faces):
        folder.mkdir(parents=True)
        drawn.append((folder, faces))

    monkeypatch.setitem(sample.FACES, "smoke", 56)
    monkeypatch.setattr(sample, "write", write)
    folder = sample.raw("smoke")
    assert sample.raw("smoke") == folder
    assert drawn == [(folder, 56)]
    assert folder.is_relative_to(home)


def test_other_profiles_read_what_is_there(monkeypatch, tmp_path):
    monkeypatch.setenv("MIEN_RAW", str(tmp_path))
    assert sample.raw("fer2013") == tmp_path
    assert not any(tmp_path.iterdir())
