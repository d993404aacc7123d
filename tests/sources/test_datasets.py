import numpy as np
import pytest
from PIL import Image

from mien.engine import paths
from mien.engine.profiles import ParameterError
from mien.sources import datasets


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """A line of YAML -> a profile of that content; raw data are looked for in `<tmp_path>/raw`."""
    monkeypatch.setattr(paths, "configuration", lambda profile: tmp_path / f"{profile}.yaml")
    monkeypatch.setenv("MIEN_RAW", str(tmp_path / "raw"))

    def write(line):
        (tmp_path / "mine.yaml").write_text(line)
        return "mine"

    return write


def put(folder):
    for label in ("happy", "sad"):
        (folder / label).mkdir(parents=True)
        Image.fromarray(np.full((20, 20), 50, np.uint8)).save(folder / label / "1.png")


def test_a_name_is_enough_for_what_lies_among_the_raw_data(profile, tmp_path):
    put(tmp_path / "raw" / "folder")
    mine = profile("dataset: folder")
    assert datasets.place(mine) == tmp_path / "raw" / "folder"
    assert datasets.faces(mine).sizes == {"face": 2, "y": 48, "x": 48}


def test_a_folder_anywhere_is_read_with_the_options_of_its_reader(profile, tmp_path):
    put(tmp_path / "elsewhere")
    mine = profile(f"dataset: {{name: folder, path: {tmp_path / 'elsewhere'}, size: 32}}")
    assert datasets.faces(mine).sizes == {"face": 2, "y": 32, "x": 32}


def test_what_is_not_there_is_named(profile):
    with pytest.raises(FileNotFoundError, match=r"raw.fer2013 is not there.*make data"):
        datasets.faces(profile(""))
    with pytest.raises(ParameterError, match="mine.yaml, line 1: there is no data set 'fre2013'"):
        datasets.faces(profile("dataset: fre2013"))
