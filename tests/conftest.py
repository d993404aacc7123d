"""Faces made by the tests, and a home of their own."""

import gc
import os
import subprocess
import sys
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # several on a few cores: with threads of their own they wait for each other
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, "1")

import numpy as np
import pytest
import xarray as xr
from PIL import Image
from skimage import data, transform
from typer.testing import CliRunner

from mien import cli
from mien.engine import assets, store
from mien.engine.paths import Paths

FACE = (slice(40, 190), slice(150, 300))  # the astronaut's face, NASA, public domain, in scikit-image


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore:Even though the `tf.config.experimental_run_functions_eagerly`")


LONG = (
    "pipeline",
    "book",
    "lab",
    "fitting",
    "search",
    "trials",
    "blocks",
    "keypoints",
    "predictor",
    "mesh_gnn",
    "saliency",
    "readme",
    "exports",
    "run_all",
)
"""Test modules of more than ten seconds, the longest first: `pytest --durations=0`."""


def pytest_collection_modifyitems(items):
    """What takes longest is begun first, so that no worker waits for it in the end."""
    place = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


def pytest_collection_finish():
    """What is imported stays: the garbage collections that keras-tuner asks for need not look at it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_precision():
    """What a test computes in is not what the next one does."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def eagerly():
    """For the whole module networks compute operation by operation.

    TensorFlow takes seconds to make a graph of what a small network then does in milliseconds.
    """
    import keras  # here, since it takes seconds, as does TensorFlow

    if keras.config.backend() != "tensorflow":
        yield
        return
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def few_faces():
    """For the whole module the face backbone's statistics are those of noise: to draw faces for them takes seconds."""
    noise = np.random.default_rng(0).uniform(0, 255, (2, 96, 96, 1))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("mien.models.dlib_resnet._faces", lambda width: noise[:, :width, :width])
        yield


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
def no_models(home, monkeypatch):
    """MediaPipe's models are nowhere here, and are not to be fetched."""
    monkeypatch.setattr(assets, "_carried", lambda package, name: None)
    monkeypatch.setenv("MIEN_ASSETS", str(home / "nothing"))


@pytest.fixture(scope="session")
def noisy_meshes() -> xr.Dataset:
    """Aligned meshes of noise: 26 faces teach, 14 validate; one of each was not found."""
    points = np.random.default_rng(0).normal(size=(40, 478, 3)).astype(np.float32)
    points[[3, 30]] = np.nan
    faces = {
        "emotion": ("face", np.arange(40) % 7),
        "split": ("face", np.array(["train"] * 26 + ["validation"] * 14, object)),
        "group": ("face", np.arange(40)),
    }
    made = xr.Dataset({"points": (("face", "point", "axis"), points)}, faces)
    made["detected"] = ("face", np.isfinite(points).all(axis=(1, 2)))
    return made


@pytest.fixture
def meshes(home, noisy_meshes) -> xr.Dataset:
    """Aligned meshes of noise, kept for the profile `smoke`."""
    store.save_dataset(noisy_meshes, Paths("smoke").dataset("features", "aligned478"))
    return noisy_meshes


@pytest.fixture(scope="session")
def mien():
    """Runs the command `mien` with arguments; whatever is raised but an exit is the test's failure."""

    def run(*arguments):
        result = CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, [*map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture(scope="session")
def seal(tmp_path_factory) -> tuple[str, ...]:
    """Words before a file and a command that keep it off every network: see sealed.py; none where they fail."""
    words = (sys.executable, str(Path(__file__).with_name("sealed.py")))
    tried = subprocess.run([*words, tmp_path_factory.mktemp("tried") / "record", "true"], capture_output=True)
    return () if tried.returncode else words


@pytest.fixture(scope="session")
def sealed(seal, tmp_path_factory):
    """Runs a command off every network: what it says, and, in `sought`, whom it wanted to reach."""
    if not seal:
        pytest.skip("no network namespace can be made here: `python tests/sealed.py /dev/null true` says why")

    def run(*command, **environment) -> subprocess.CompletedProcess:
        record = tmp_path_factory.mktemp("sealed") / "record"
        given = [*seal, record, sys.executable, *map(str, command)]
        said = subprocess.run(given, capture_output=True, text=True, env=os.environ | environment)
        said.sought = record.read_text().splitlines()
        return said

    return run
