"""CONTRIBUTING.md, followed to the letter in a copy of the repository."""

import json
import os
import re
import shutil
import subprocess
import sys
from textwrap import dedent, indent

import pytest
from PIL import Image

from mien.engine import paths
from mien.face_model import FaceModel
from mien.vocabulary.labels import EMOTIONS

BLOCK = re.compile(r"^\d\. (?:A node in )?`([\w/.]+)`.*?```\w+\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
"""A step of a walk-through: the file that it names first, and the file's content."""

WANTED = ("20_landmarks-mean68", "50_evaluation-blendshape_dense-emotion7")

KINDS = ("source", "detector", "model")

KDEF = dict(zip(("AN", "DI", "AF", "HA", "SA", "SU", "NE"), EMOTIONS, strict=True))


def steps(kind):
    """File -> content, of the walk-through that begins with the bold name of a thing."""
    text = (paths.REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^\*\*A {kind}\*\*.*?(?=^\*\*A|^## )", text, re.MULTILINE | re.DOTALL)
    return {file: dedent(content) for file, content in BLOCK.findall(section)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the repository, with what the walk-throughs add."""
    root = tmp_path_factory.mktemp("mien")
    for folder in ("src", "notebooks", "conf"):
        shutil.copytree(paths.REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file, content in [step for kind in KINDS for step in steps(kind).items()]:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        if (root / file).exists():  # the graph: among its nodes
            content = (root / file).read_text().replace("\nnodes:\n", f"\nnodes:\n{indent(content, '  ')}")
        (root / file).write_text(content, encoding="utf-8")
    return root


def python(root, *arguments):
    """Run Python with the code of the copy."""
    places = {"PYTHONPATH": root / "src", "MIEN_HOME": root / "home", "MIEN_RAW": root / "raw"}
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}}
    return subprocess.run([sys.executable, *arguments], cwd=root, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_three_files(kind):
    assert len(steps(kind)) == 3


def test_the_tests_that_it_shows_pass(copy):
    said = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests")
    assert said.returncode == 0, said.stdout
    assert "3 passed" in said.stdout


def test_the_code_that_it_shows_is_in_style(copy):
    new = [file for kind in KINDS for file in steps(kind) if file.endswith(".py")]
    settings = ["--config", str(paths.REPOSITORY / "pyproject.toml"), "--no-cache"]
    for check in (["check"], ["format", "--check"]):
        said = python(copy, "-m", "ruff", *check, *settings, *new)
        assert said.returncode == 0, said.stdout


def test_faces_of_the_new_source_are_seen_by_the_new_detector_and_teach_the_new_model(copy):
    model = FaceModel.open()
    (copy / "raw" / "kdef").mkdir(parents=True)
    for code, name in enumerate(KDEF):
        for i, picture in enumerate(model.render(*model.sample(10, code, code), 60)):
            Image.fromarray(picture).save(copy / "raw" / "kdef" / f"AF{i:02d}{name}S.JPG")
    said = python(copy, "-m", "mien.publishing", "run", *WANTED, "--profile", "kdef")
    assert said.returncode == 0, said.stdout + said.stderr
    made = copy / "home" / "data" / "kdef"
    assert (made / "faces" / "faces.zarr").is_dir()
    assert (made / "landmarks" / "mean68.zarr").is_dir()
    (score,) = (copy / "home" / "reports" / "kdef" / "metrics").glob("blendshape_dense-emotion7.json")
    assert json.loads(score.read_text())["test"]["detected"]["n"] > 0
