import json
import warnings

import numpy as np
import pytest
import xarray as xr

from mien import store


@pytest.fixture
def faces():
    names = np.array(["a", "Ωmega", ""], np.dtypes.StringDType())
    image = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    return xr.Dataset({"image": (("face", "y", "x"), image)}, {"id": ("face", names), "emotion": ("face", [0, 1, -1])})


def test_a_dataset_comes_back_as_it_was_without_a_warning(faces, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.save_dataset(faces, tmp_path / "faces.zarr")
        again = store.open_dataset(tmp_path / "faces.zarr").load()
    assert again.identical(faces)


def test_saving_again_replaces(faces, tmp_path):
    store.save_dataset(faces, tmp_path / "faces.zarr")
    store.save_dataset(faces.isel(face=[0]), tmp_path / "faces.zarr")
    assert store.open_dataset(tmp_path / "faces.zarr").sizes["face"] == 1


def test_what_fails_half_way_leaves_nothing_and_spares_what_was_there(tmp_path):
    target = tmp_path / "scores.json"
    store.save_json({"n": 1}, target)
    with pytest.raises(TypeError):
        store.save_json({"half": object()}, target)
    assert [path.name for path in tmp_path.iterdir()] == ["scores.json"]
    assert json.loads(target.read_text()) == {"n": 1}


def test_what_is_missing_is_named_with_the_notebook_that_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"faces.zarr is not there: 10_extract_fer2013 makes it"):
        store.open_dataset(tmp_path / "faces.zarr", "10_extract_fer2013")


def test_the_digest_of_a_folder_follows_names_and_contents(tmp_path):
    for name, content in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(content)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "other").write_text("x")
    a, b, c, d = (store.digest(tmp_path / name) for name in "abcd")
    assert a == b
    assert len({a, c, d}) == 3


def test_the_digest_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "empty").touch()
    assert store.digest(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
