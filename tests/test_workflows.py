"""The workflows of a code host run what `make` has, and README shows the one of tests."""

import re

import pytest
import yaml

from mien.engine import paths
from mien.publishing import flow

FILES = sorted((paths.REPOSITORY / ".github" / "workflows").glob("*.yml"))
PROJECT = (paths.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
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


def test_what_may_write_to_pages_runs_nothing_of_the_repository():
    workflow = yaml.safe_load((FILES[0].parent / "pages.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    writes = {name: job for name, job in workflow["jobs"].items() if "write" in job.get("permissions", {}).values()}
    assert [*writes] == ["deploy"]
    assert not any("run" in step or "checkout" in step["uses"] for step in writes["deploy"]["steps"])


def test_pages_are_built_anew_when_what_the_book_is_made_of_changes():
    triggers = yaml.safe_load((FILES[0].parent / "pages.yml").read_text(encoding="utf-8"))[True]  # YAML's `on`
    folders = {path.partition("/")[0] for path in triggers["push"]["paths"]}
    made_of = (flow.FILE, paths.pretrained(), paths.published("fer2013"), *(paths.REPOSITORY / "conf").iterdir())
    assert {file.relative_to(paths.REPOSITORY).parts[0] for file in made_of} <= folders
    for path in triggers["push"]["paths"]:
        assert [*paths.REPOSITORY.glob(path)], path


def test_tests_run_on_every_python_that_is_supported():
    matrix = yaml.safe_load((FILES[0].parent / "tests.yml").read_text(encoding="utf-8"))["jobs"]["test"]["strategy"]
    low, above = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', PROJECT).groups()
    assert matrix["matrix"]["python"] == [f"3.{minor}" for minor in range(int(low), int(above))]


def test_readme_has_the_badge_of_the_tests():
    text = (paths.REPOSITORY / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"actions/workflows/(\w+\.yml)", text)
    assert set(shown) == {"tests.yml"}
    assert "tests.yml" in {file.name for file in FILES}
