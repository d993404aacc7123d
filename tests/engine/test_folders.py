"""Folders as people have them: linked together, and littered by their systems."""

import pytest

from mien.engine import folders


def put(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder, **options):
    files, lost = folders.listed(folder, **options)
    return sorted(path.relative_to(folder).as_posix() for path in files), lost


@pytest.mark.parametrize(
    "name",
    ["Thumbs.db", "THUMBS.DB", "desktop.ini", ".DS_Store", "._1.png", "Icon\r", "~$labels.xlsx", "@eaDir/1.png",
     "__MACOSX/happy/._1.png", "$RECYCLE.BIN/1.png", "System Volume Information/x", ".Trashes/1.png", "#recycle/1.png"],
)  # fmt: skip
def test_what_a_system_puts_there_is_passed_over(name, tmp_path):
    put(tmp_path / "happy" / "1.png", tmp_path / "happy" / name)
    assert found(tmp_path) == (["happy/1.png"], [])


def test_a_stream_of_litter_that_a_network_drive_shows_as_a_file_is_litter():
    assert folders.is_litter("Thumbs.db:encryptable")
    assert not folders.is_litter("happy:1.png")


def test_links_are_followed_whether_to_a_file_or_a_folder(tmp_path):
    put(tmp_path / "disk" / "train" / "happy" / "1.png", tmp_path / "other.png", tmp_path / "set" / "test" / "2.png")
    (tmp_path / "set" / "train").symlink_to(tmp_path / "disk" / "train")
    (tmp_path / "set" / "test" / "3.png").symlink_to("../../other.png")
    assert found(tmp_path / "set") == (["test/2.png", "test/3.png", "train/happy/1.png"], [])


def test_no_circle_of_links_has_a_second_turn_and_a_folders_own_name_goes_first(tmp_path):
    put(tmp_path / "b" / "happy" / "1.png")
    (tmp_path / "a").symlink_to("b")  # sorted before it
    (tmp_path / "b" / "up").symlink_to("..")
    (tmp_path / "b" / "itself").symlink_to("itself")
    assert found(tmp_path) == (["b/happy/1.png"], [tmp_path / "b" / "itself"])


def test_a_link_that_leads_nowhere_is_told(tmp_path):
    (tmp_path / "train").symlink_to("/nowhere/train")
    assert found(tmp_path) == ([], [tmp_path / "train"])


def test_folders_that_are_not_wanted_are_left_out(tmp_path):
    put(tmp_path / "a" / "1.png", tmp_path / "b" / "2.png")
    assert found(tmp_path, without={str(tmp_path / "b")}) == (["a/1.png"], [])
