"""What make passes on, in places whose names have blanks, and what it refuses before it installs anything."""

import os
import shutil
import subprocess

import pytest

from mien.engine.paths import REPOSITORY

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture(params=["mien", "my projects/mien"])
def checkout(request, tmp_path):
    """What make reads of a checkout."""
    folder = tmp_path / request.param
    (folder / "conf").mkdir(parents=True)
    for name in (
        "Makefile",
        "requirements.lock",
        "pyproject.toml",
        *(f"conf/{path.name}" for path in (REPOSITORY / "conf").glob("*.yaml")),
    ):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def make(folder, *words, **environment):
    given = {name: value for name, value in os.environ.items() if not name.startswith(("MIEN_", "MAKE"))}
    return subprocess.run(["make", *words], cwd=folder, env=given | environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["MIEN_RAW", "MIEN_HOME", "MIEN_ASSETS"])
def test_a_folder_with_blanks_reaches_notebooks_whole(checkout, name, tmp_path):
    show = f'--eval=show: ; @printf "%s" "$${name}"'
    place = tmp_path / "what is  mine"
    assert make(checkout, "--no-print-directory", show, "show", **{name: str(place)}).stdout == str(place)
    assert make(checkout, "--no-print-directory", show, "show", **{name: "../a b"}).stdout == f"{checkout.parent}/a b"


def test_goals_are_what_they_are_where_home_has_blanks(checkout, tmp_path):
    home = tmp_path / "my home"
    for goal in ("reports/smoke/executed/32_blendshapes.ipynb", f"{home}/reports/smoke/executed/32_blendshapes.ipynb"):
        assert "run 32_blendshapes --profile smoke" in make(checkout, "-n", goal, MIEN_HOME=str(home)).stdout
    assert (
        "run pipeline --profile smoke" in make(checkout, "-n", "pipeline", "PROFILE=smoke", MIEN_HOME=str(home)).stdout
    )


def test_clean_removes_what_the_profile_made_and_nothing_else(checkout, tmp_path):
    home = tmp_path / "my home"
    made, others = home / "data" / "smoke", [tmp_path / "my", home / "data" / "raw", checkout / "home"]
    for folder in (made, *others):
        folder.mkdir(parents=True)
    done = make(checkout, "clean", "PROFILE=smoke", MIEN_HOME=str(home))
    assert (done.returncode, made.exists()) == (0, False)
    assert all(folder.exists() for folder in others)


@pytest.mark.parametrize("mark", ["$x", '"q', "`", "\t", "\n", ":", ";", "%", "\\"])
def test_a_home_that_make_would_read_as_another_is_refused_before_clean_removes_that(checkout, tmp_path, mark):
    other = tmp_path / "a" / "data" / "smoke"
    other.mkdir(parents=True)
    done = make(checkout, "clean", "PROFILE=smoke", MIEN_HOME=f"{tmp_path}/a{mark}")
    assert (done.returncode, other.exists()) == (2, True)
    assert "MIEN_HOME is" in done.stderr
    assert done.stderr.endswith("name a folder without.  Stop.\n")


def test_raw_data_lie_in_any_folder_whose_name_make_can_carry(checkout):
    show = '--eval=show: ; @printf "%s" "$$MIEN_RAW"'
    assert make(checkout, "-s", show, "show", MIEN_RAW="/smb-share:server=a;b").stdout == "/smb-share:server=a;b"
    assert "MIEN_RAW is" in make(checkout, "-s", show, "show", MIEN_RAW="/my$raw").stderr


def test_a_home_that_is_empty_is_the_checkout(checkout):
    assert f'rm -rf "{checkout}/data/smoke"' in make(checkout, "-n", "clean", "PROFILE=smoke", MIEN_HOME="").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pipeline", "PROFILE=nothing"], 'unknown PROFILE "nothing": conf/ describes ckplus'),
        (["tune", "MODEL=nothing"], 'MODEL is "nothing": there are all distances'),
        (["tune"], 'MODEL is "": there are all distances'),
    ],
)
def test_a_name_that_is_not_there_is_refused_before_anything_is_installed(checkout, words, said):
    done = make(checkout, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("name", ["MIEN_RAW", "MIEN_HOME", "MIEN_ASSETS"])
def test_of_a_folder_whose_name_begins_with_a_tilde_the_user_s_own_is_meant(checkout, name, tmp_path):
    show = f'--eval=show: ; @printf "%s" "$${name}"'
    given = {name: "~/a b", "HOME": str(tmp_path / "my home")}
    assert make(checkout, "-s", show, "show", **given).stdout == f"{tmp_path}/my home/a b"
    assert make(checkout, "-s", show, "show", **given | {name: "~"}).stdout == f"{tmp_path}/my home"
