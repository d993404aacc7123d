"""The package where it is installed without a clone, as `pip install git+…` does it."""

import os
import shutil
import subprocess
import sys

import pytest

from mien.engine.paths import REPOSITORY

RUNS = """
import sys
from typer.testing import CliRunner
from mien import cli
result = CliRunner().invoke(cli.app, sys.argv[1:])
print(result.output)
raise SystemExit(result.exit_code)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where the files of a wheel lie."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name in ("src/mien", "conf", "models/pretrained", "models/networks"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / name, source / name)
    command = [sys.executable, "setup.py", "--quiet", "build_py", "--build-lib", str(site)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return site


def mien(site, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MIEN_")}
    command = [sys.executable, "-c", RUNS, *words]
    return subprocess.run(
        command, cwd=site, env=environment | {"PYTHONPATH": str(site)}, capture_output=True, text=True
    )


def test_what_needs_no_clone_works(installed):
    assert "small-emotion7" in mien(installed, "models").stdout
    done = mien(installed, "predict", str(REPOSITORY / "docs" / "faces.png"))
    assert (done.returncode, "6 faces in 1 pictures" in done.stdout) == (0, True)


@pytest.mark.parametrize("words", [["mien.training.search", "all", "emotion7"], ["mien.publishing.readme"]])
def test_a_module_of_the_clone_says_so(installed, words):
    command, place = [sys.executable, "-m", *words], os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(command, cwd=installed, env=place, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "this needs a clone of Mien's repository" in done.stderr


@pytest.mark.parametrize("words", [["extract"], ["publish", "small-emotion7"]])
def test_what_needs_one_says_so(installed, words):
    done = mien(installed, *words)
    assert done.returncode == 2
    assert "this needs a clone of Mien's repository" in done.stdout


def test_without_the_models_there_is_no_empty_table(installed, tmp_path):
    shutil.copytree(installed / "mien", tmp_path / "mien", ignore=shutil.ignore_patterns("shipped"))
    done = mien(tmp_path, "models")
    assert done.returncode == 2
    assert "models/pretrained is not there: this needs a clone" in done.stdout
