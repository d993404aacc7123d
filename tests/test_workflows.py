"""The workflows of a code host run what `make` has, and README shows the one of tests."""

import re

import pytest
import yaml

from mien.engine import paths

FILES = sorted((paths.REPOSITORY / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (paths.REPOSITORY / "Makefile").read_text(encoding="utf-8")


def steps(file) -> list[dict]:
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_target_of_make_that_a_workflow_runs_is_there(file):
    targets = {match[1] for step in steps(file) if (match := re.match(r"make (\w+)", step.get("run", "")))}
    assert targets
    assert targets <= set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))


def test_pages_are_the_book_of_the_published_run():
    (file,) = (file for file in FILES if file.stem == "pages")
    (place,) = (step["with"]["path"] for step in steps(file) if "upload-pages" in step.get("uses", ""))
    assert place == (paths.published("fer2013") / "book").relative_to(paths.REPOSITORY).as_posix()


def test_readme_has_the_badge_of_the_tests():
    text = (paths.REPOSITORY / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"actions/workflows/(\w+\.yml)", text)
    assert set(shown) == {"tests.yml"}
    assert "tests.yml" in {file.name for file in FILES}
