import os

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


def test_what_is_there_and_no_file_is_not_called_missing(tmp_path):
    (tmp_path / "words.wav").touch()
    missing.check_file(tmp_path / "words.wav")
    with pytest.raises(missing.Missing, match="none is not there"):
        missing.check_file(tmp_path / "none")
    with pytest.raises(ValueError, match="is a folder: name a file"):
        missing.check_file(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(ValueError, match="is no file, but a pipe or a device: name a file"):
        missing.check_file(tmp_path / "pipe.mp4")
