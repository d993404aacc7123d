import pytest

from mien.engine import paths
from mien.engine.paths import Paths


def test_everything_made_lies_in_home_under_its_profile(home):
    made = Paths("fer2013")
    places = [made.dataset("faces", "fer2013"), made.model("all-happy"), made.figure("x"), made.metrics("y")]
    assert all(place.is_relative_to(home) and "fer2013" in place.parts for place in places)


def test_raw_data_lie_where_the_environment_says(monkeypatch, tmp_path, home):
    monkeypatch.delenv("MIEN_RAW", raising=False)
    assert paths.raw() == home / "data" / "raw"
    monkeypatch.setenv("MIEN_RAW", str(tmp_path / "elsewhere"))
    assert paths.raw() == tmp_path / "elsewhere"


def test_a_tilde_that_no_shell_has_read_is_the_user_s_own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # Windows
    monkeypatch.setenv("MIEN_RAW", "~/raw")
    assert paths.raw() == tmp_path / "raw"


def test_figures_that_show_faces_stand_apart():
    made = Paths("fer2013")
    assert made.figure("board", shows_faces=True).parent != made.figure("board").parent


def test_no_profile_is_called_as_a_folder_is_that_is_not_its(tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    for name in ("own", *paths.FOLDERS):
        (tmp_path / "conf" / f"{name}.yaml").touch()
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    assert paths.profiles() == ["own"]


def test_an_unknown_profile_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"unknown profile 'fer2014'.*fer2013"):
        Paths("fer2014")
