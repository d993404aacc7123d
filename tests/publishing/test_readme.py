"""README keeps its promises: it is short, its links and numbers are right, its commands print what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.engine import paths
from mien.publishing import readme

ROOT = paths.REPOSITORY
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAGES = [ROOT / "CONTRIBUTING.md", *readme.pages(), *(ROOT / "reports/published").glob("*/README.md")]

HOST = "../../"
"""Above the repository: what a code host has beside its files, such as the runs of a workflow."""

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^(?:    )?((?:make|git|mien|python|\.venv/bin/\S+)\b.*)$", re.MULTILINE)


def blocks(language: str) -> list[tuple[str, str | None]]:
    """The blocks of a language, each with the block of text, what it prints, that follows before any other."""
    every = BLOCK.findall(TEXT)
    following = [*every[1:], ("", "")]
    return [
        (code, after if kind == "text" else None)
        for (own, code), (kind, after) in zip(every, following, strict=True)
        if own == language
    ]


def commands() -> list[str]:
    """Every command that README shows on a line of its own, without the comment behind it."""
    unfenced = BLOCK.sub("", TEXT)
    shown = "".join(code for code, _ in blocks("sh")) + "\n".join(re.findall(r"^    .+$", unfenced, re.MULTILINE))
    return [command.partition("  #")[0].strip() for command in COMMAND.findall(shown)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """A folder that looks like a clone to README's lines, with this environment as its own."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "faces.png", folder / "docs")
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name in ("mien", "python"):
        (binaries / name).symlink_to(Path(sys.executable).parent / name)
    return folder


def said(folder: Path, *command: str) -> str:
    environment = {**os.environ, "COLUMNS": "100"}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]{2,}", text)


def test_it_has_at_most_120_lines():
    assert len(TEXT.splitlines()) <= 120


def test_it_shows_the_flow_and_the_chart_and_five_findings_with_intervals():
    assert "](docs/flow.png)" in TEXT
    assert "](reports/published/fer2013/results.png)" in TEXT
    findings = re.findall(r"^- \*\*[^*]+\.\*\* .*\d%?–\d.*$", TEXT, re.MULTILINE)
    assert len(findings) == 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_links_lead_to_what_is_there(page):
    prose = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)", prose)
    links = [link for link in links if "://" not in link and not link.startswith(HOST)]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", readme.pages(), ids=lambda page: page.name)
def test_its_tables_are_what_the_metrics_say_now(page):
    text = page.read_text(encoding="utf-8")
    assert readme.filled(text) == text, "`make readme` writes the tables anew"


def test_every_target_of_make_that_it_names_is_there():
    inline = re.findall(r"`([^`]+)`", BLOCK.sub("", TEXT))
    named = {match[1] for text in [*commands(), *inline] if (match := re.match(r"make\s+([a-z]+)", text))}
    assert named >= {"pipeline", "test", "data", "help"}
    assert named <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_every_other_command_is_one_that_runs_here():
    others = [command for command in commands() if not command.startswith(("make ", "git "))]
    shell = [line for code, output in blocks("sh") if output for line in code.splitlines()]
    assert others == shell


def test_its_lines_of_python_print_what_it_says(clone):
    ((code, expected),) = blocks("python")
    printed = said(clone, sys.executable, "-c", code)
    assert words(printed) == words(expected)
    for found, shown in zip(printed.splitlines()[1:], expected.splitlines()[1:], strict=True):
        np.testing.assert_allclose(numbers(found), numbers(shown), atol=8)  # places in pixels
        assert numbers(found)[1] == pytest.approx(numbers(shown)[1], abs=0.05)  # a probability


def test_its_line_of_the_shell_prints_what_it_says_and_draws_its_picture(clone):
    ((code, expected),) = [(code, output) for code, output in blocks("sh") if output]
    printed = said(clone, "bash", "-ec", code)
    assert len(printed.splitlines()) == len(expected.splitlines())
    for found, shown in zip(printed.splitlines(), expected.splitlines(), strict=True):
        assert found.split("│")[1:2] == shown.split("│")[1:2]
        np.testing.assert_allclose(numbers(found), numbers(shown), atol=8)
        assert re.findall(r"[a-z]+ (?=\d+%)", found)[:1] == re.findall(r"[a-z]+ (?=\d+%)", shown)[:1]
    drawn, committed = (
        np.array(Image.open(file)) for file in (clone / "data/annotated/faces.png", ROOT / "docs/faces-annotated.png")
    )
    assert drawn.shape == committed.shape
    assert (np.abs(drawn.astype(int) - committed) < 16).mean() > 0.95


def test_its_picture_is_drawn_from_the_face_model():
    committed = np.array(Image.open(ROOT / "docs" / "faces.png")).astype(int)
    assert np.abs(readme.picture() - committed).max() <= 2
