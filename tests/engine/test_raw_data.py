import hashlib
import os
import shutil

import pytest

from mien.engine import paths, raw_data


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """Pictures of one's own, called `mine`, the eyes beside them and what is another's, for a profile `x`."""
    (tmp_path / "x.yaml").write_text("dataset: {name: folder, path: mine}")
    monkeypatch.setattr(paths, "configuration", lambda profile: tmp_path / f"{profile}.yaml")
    for file in ("mine/happy/a.png", "mine/sad/b.png", "eye_state/wide/c.png", "other/d.png"):
        (tmp_path / "raw" / file).parent.mkdir(parents=True)
        (tmp_path / "raw" / file).write_text("1")
    monkeypatch.setenv("MIEN_RAW", str(tmp_path / "raw"))
    return tmp_path / "raw"


@pytest.fixture
def state(tmp_path):
    return lambda: raw_data.state("x", tmp_path / "raw.json")


def test_raw_data_that_changed_are_told_from_those_that_did_not(raw, state, tmp_path, monkeypatch):
    states = [state()]
    for change in (
        lambda: (raw / "mine" / "happy" / "a.png").write_text("12"),
        lambda: (raw / "mine" / "happy" / "a.png").rename(raw / "mine" / "sad" / "a.png"),
        lambda: (raw / "eye_state" / "wide" / "c.png").unlink(),
        lambda: monkeypatch.setenv("MIEN_RAW", str(tmp_path / "elsewhere")),
    ):
        change()
        states.append(state())
    assert len(set(states)) == 5
    assert raw_data.state("sample", tmp_path / "raw.json") == ""


def test_what_is_copied_anew_litter_and_what_no_notebook_reads_change_nothing(raw, state, tmp_path, monkeypatch):
    before = state()
    (raw / "other" / "d.png").unlink()
    (raw / "mine" / ".DS_Store").touch()
    (raw / "mine" / "around").symlink_to(".")
    (raw / "mine" / "lost").symlink_to("/nowhere")
    assert state() == before
    os.utime(raw / "mine" / "happy" / "a.png", (0, 0))
    assert state() == before
    shutil.copytree(raw / "mine", tmp_path / "copied" / "mine", symlinks=True, copy_function=shutil.copyfile)
    shutil.copytree(raw / "eye_state", tmp_path / "copied" / "eye_state")
    monkeypatch.setenv("MIEN_RAW", str(tmp_path / "copied"))
    assert state() == before


def test_what_looks_as_it_did_is_not_read_again(raw, state, monkeypatch):
    before = state()
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("it is kept"))
    assert state() == before


def test_drawn_faces_are_told_from_real_ones_of_the_same_bytes(raw, state):
    before = state()
    (raw / paths.DRAWN).write_text("by these")
    assert state() != before
