import pytest

from mien.engine import missing
from mien.engine.paths import Paths


@pytest.mark.parametrize(
    ("profile", "command"), [("sample", "`make pipeline` runs"), ("smoke", "`make pipeline PROFILE=smoke` runs")]
)
def test_what_is_missing_is_said_with_what_makes_it_and_the_command_of_its_profile(home, profile, command):
    error = missing.made_by(Paths(profile).faces(), "10_extract_faces")
    (line,) = error._render_traceback_()
    assert line == str(error)
    assert line.startswith(f"data/{profile}/faces/faces.zarr is not there: run 10_extract_faces first; {command}")
