"""The profiles of other data sets, from raw files in their real forms to faces that are ready to be learned from."""

import os
import subprocess
import sys

import numpy as np
import pytest

from mien.engine import paths, store
from mien.face_model import FaceModel
from mien.sources import sample
from mien.vocabulary.labels import EMOTIONS, SPLITS, UNKNOWN


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Drawn raw data: FER2013, CK+ with one sequence that nobody has labelled, and a folder of pictures."""
    folder, model = tmp_path_factory.mktemp("raw"), FaceModel.open()
    for name, write, n in (
        ("fer2013", sample.write_fer2013, 56),
        ("ckplus", sample.write_ckplus, 4),
        ("folder", sample.write_folder, 70),
    ):
        (folder / name).mkdir()
        write(folder / name, model, n, 0)
    next((folder / "ckplus" / "Emotion" / "S001").rglob("*.txt")).unlink()
    return folder


@pytest.fixture(params=["ckplus", "combined", "folder"])
def made(request, raw, tmp_path):
    """The name of a profile, and the faces that notebook 10 makes of it."""
    where = {"MIEN_HOME": str(tmp_path), "MIEN_RAW": str(raw)}
    said = subprocess.run(
        [sys.executable, "-m", "mien.publishing", "run", "10_extract_faces", "--profile", request.param],
        cwd=paths.REPOSITORY,
        env={**os.environ, **where},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    faces = tmp_path / "data" / request.param / "faces" / "faces.zarr"
    return request.param, store.open_dataset(faces, "10_extract_faces").load()


def test_every_picture_is_a_face_of_one_size_with_a_split_and_nobody_stands_on_two_sides(made):
    profile, faces = made
    frames = sample.FRAMES - int(0.4 * sample.FRAMES)
    of_ckplus = 4 * 6 * frames
    assert faces.sizes["face"] == {"ckplus": of_ckplus, "combined": 56 + of_ckplus, "folder": 70}[profile]
    assert faces["image"].shape[1:] == (48, 48)
    assert set(faces["split"].values) == set(SPLITS)
    counts = np.bincount(faces["emotion"].values[faces["emotion"].values != UNKNOWN], minlength=len(EMOTIONS))
    assert counts.sum() == faces.sizes["face"] - (0 if profile == "folder" else frames)  # the unlabelled keep rows
    assert (counts[:6] > 0).all()
    own = faces.isel(face=faces["source"].values == "ckplus")
    people = [name[:4] for name in own["id"].values]
    assert len(set(zip(people, own["split"].values, strict=True))) == len(set(people))
