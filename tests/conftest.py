"""Faces made by the tests, and a home of their own."""

import numpy as np
import pytest
import xarray as xr
from PIL import Image
from skimage import data, transform
from typer.testing import CliRunner

from mien import cli, store
from mien.paths import Paths

FACE = (slice(40, 190), slice(150, 300))  # the astronaut's face, NASA, public domain, in scikit-image


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """A real face, 150x150 gray, that every detector finds."""
    return np.asarray(Image.fromarray(data.astronaut()).convert("L"))[FACE]


@pytest.fixture(scope="session")
def crops(portrait) -> np.ndarray:
    """(84, 48, 48) uint8: the portrait turned, shifted and lit at random; the last is blank."""
    rng = np.random.default_rng(0)
    centre = np.array(portrait.shape) / 2
    faces = []
    for _ in range(83):
        turn = transform.AffineTransform(rotation=rng.uniform(-0.15, 0.15), shear=rng.uniform(-0.1, 0.1))
        back = transform.AffineTransform(translation=centre + rng.uniform(-8, 8, 2))
        moved = transform.warp(portrait, transform.AffineTransform(translation=-centre) + turn + back, mode="edge")
        faces.append(255 * transform.resize(moved, (48, 48), anti_aliasing=True) ** rng.uniform(0.7, 1.4))
    return np.array([*faces, np.zeros((48, 48))]).round().astype(np.uint8)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home for data, models and reports."""
    monkeypatch.setenv("MIEN_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def meshes(home) -> xr.Dataset:
    """Aligned meshes of noise, kept for the profile `smoke`: 26 faces teach, 14 validate; one of each was not found."""
    points = np.random.default_rng(0).normal(size=(40, 478, 3)).astype(np.float32)
    points[[3, 30]] = np.nan
    faces = {
        "emotion": ("face", np.arange(40) % 7),
        "split": ("face", np.array(["train"] * 26 + ["validation"] * 14, object)),
        "group": ("face", np.arange(40)),
    }
    made = xr.Dataset({"points": (("face", "point", "axis"), points)}, faces)
    made["detected"] = ("face", np.isfinite(points).all(axis=(1, 2)))
    store.save_dataset(made, Paths("smoke").dataset("landmarks", "aligned478"))
    return made


@pytest.fixture
def mien():
    """Runs the command `mien` with arguments; whatever is raised but an exit is the test's failure."""

    def run(*arguments):
        result = CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, [*map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run
