"""Every command that docs/ and CONTRIBUTING.md show runs as it stands there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from mien.engine import paths
from mien.publishing import readme

ROOT = paths.REPOSITORY
PAGES = [ROOT / "CONTRIBUTING.md", *readme.pages()]
COMMAND = re.compile(r"^(?:    )?((?:[A-Z_]+=\S+ )*(?:make|\.venv/bin/\S+) .*?)(?:  +#.*)?$", re.MULTILINE)

NAMED = re.compile(r"`(?:\.venv/bin/)?(make|mien|python -m)\s+([a-z][\w.]*)([^`]*)`")
"""A command within a sentence: who runs it, what of it, and with what."""

NOT_HERE = {
    "mien live": "it wants a camera",
    "dask": "it runs until it is ended: tests/engine/test_blocks.py starts a cluster",
    "mien.training.search": "it wants other machines: tests/training/test_search.py starts a chief and workers",
    "uv pip install": "it installs",
    "pre-commit install": "it changes the repository",
    "mien models --export": "it takes minutes: tests/models/test_export.py exports",
}
"""Part of a command -> why it is not run here."""


def shown() -> list[str]:
    """The commands on lines of their own, each once."""
    found = [command.strip() for page in PAGES for command in COMMAND.findall(page.read_text(encoding="utf-8"))]
    return [*dict.fromkeys(found)]


def named(tool: str) -> dict[str, str]:
    """What sentences name of a tool, such as a target of make -> all that they give it."""
    found: dict[str, str] = {}
    for page in PAGES:
        for who, what, given in NAMED.findall(page.read_text(encoding="utf-8")):
            if who == tool:
                found[what] = found.get(what, "") + given
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A place with what the pages name: two photographs, a clip, a folder of labelled pictures, the environment."""
    place = tmp_path_factory.mktemp("place")
    (place / ".venv" / "bin").mkdir(parents=True)
    for name in ("mien", "python"):
        (place / ".venv" / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    person = Image.fromarray(data.astronaut())
    for name in ("folder", "docs"):
        (place / name).mkdir()
    shutil.copy(ROOT / "docs" / "faces.png", place / "docs")
    for file in ("photo.jpg", "folder/photo.jpg"):
        person.save(place / file)
    for label in ("happy", "sad"):
        (place / "FOLDER" / label).mkdir(parents=True)
        person.convert("L").resize((48, 48)).save(place / "FOLDER" / label / "1.png")
    writer = cv2.VideoWriter(str(place / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, person.size)
    for _ in range(5):
        writer.write(np.asarray(person)[..., ::-1])
    writer.release()
    if shutil.which("espeak-ng"):
        subprocess.run(["espeak-ng", "-w", "speech.wav", "we won the match"], cwd=place, check=True)
    return place


@pytest.mark.parametrize("command", shown())
def test_a_command_runs_as_it_stands(command, folder):
    if reason := next((reason for part, reason in NOT_HERE.items() if part in command), ""):
        pytest.skip(reason)
    if "speech.wav" in command and not (folder / "speech.wav").exists():
        pytest.skip("espeak-ng, which speaks in this test, is not installed")
    if "make " in command:  # what it would do, since that takes minutes
        command, folder = command.replace("make ", "make --dry-run "), ROOT
    ran = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "no rule to make" not in ran.stderr.lower()


def test_pages_show_commands():
    assert {".venv/bin/mien augment FOLDER --to 400", "make publish PROFILE=fer2013"} <= set(shown())


def test_what_sentences_ask_of_make_is_a_target_with_variables_that_the_makefile_takes():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    wanted = named("make")
    assert {"pipeline", "report", "tune"} <= set(wanted)
    assert set(wanted) - {"reports"} <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))  # a notebook's path
    variables = {name for given in wanted.values() for name in re.findall(r"(\w+)=", given)}
    assert [name for name in variables if not re.search(rf"\b{name}\b", makefile)] == []


@pytest.mark.parametrize("command", sorted(named("mien")))
def test_a_command_that_a_sentence_names_explains_itself(command, folder):
    assert subprocess.run([".venv/bin/mien", command, "--help"], cwd=folder, capture_output=True).returncode == 0


@pytest.mark.parametrize("module", sorted(named("python -m")))
def test_a_module_that_a_sentence_runs_explains_itself(module):
    assert subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True).returncode == 0
