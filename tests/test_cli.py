import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import mien
from mien import cli, download, store
from mien.paths import Paths


def call(*arguments):
    return CliRunner().invoke(cli.app, arguments)


@pytest.mark.parametrize(("usable", "code"), [(True, 0), (False, 1)])
def test_data_fails_only_if_nothing_can_be_used(usable, code, monkeypatch):
    monkeypatch.setattr(download, "run", lambda console: usable)
    assert call("data").exit_code == code


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """A profile `sample` in an empty home, and a stand-in for the module that writes pictures."""
    monkeypatch.setenv("MIEN_HOME", str(tmp_path))
    monkeypatch.setattr("mien.paths.profiles", lambda: ["sample"])
    faces = ModuleType("mien.faces")
    faces.written = []
    faces.write_pictures = lambda dataset, folder: faces.written.append((dataset.sizes["face"], folder))
    monkeypatch.setitem(sys.modules, "mien.faces", faces)
    monkeypatch.setattr(mien, "faces", faces, raising=False)
    return faces


def test_extract_writes_the_pictures_of_a_profile(profile):
    paths = Paths("sample")
    images = xr.Dataset({"image": (("face", "y", "x"), np.zeros((3, 4, 4), np.uint8))})
    store.save_dataset(images, paths.dataset("faces", "fer2013"))
    result = call("extract", "--profile", "sample")
    assert result.exit_code == 0
    assert profile.written == [(3, paths.pictures())]
    assert "3 faces" in result.output


def test_extract_names_the_notebook_that_makes_the_faces(profile):
    result = call("extract")
    assert result.exit_code == 2
    assert "10_extract_fer2013" in result.output


def test_extract_names_the_profiles(profile):
    result = call("extract", "--profile", "none")
    assert result.exit_code == 2
    assert "unknown profile 'none'" in result.output


def test_help_imports_nothing_heavy():
    code = "import sys, mien.cli; print({'numpy', 'xarray', 'keras', 'kagglehub'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
