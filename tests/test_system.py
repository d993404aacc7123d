import subprocess
import sys

import pytest

from mien import system

MISSING = "{}: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize("library", ["libGL.so.1", "libEGL.so.1", "libGLESv2.so.2"])
def test_a_graphics_library_is_named_with_its_packages(library):
    line = system.cure(MISSING.format(library))
    assert library in line
    assert "apt-get install libgl1 libegl1 libgles2" in line
    assert "dnf install mesa-libGL mesa-libEGL" in line
    assert "\n" not in line


def test_glib_has_its_own_cure():
    assert "libglib2.0-0" in system.cure(MISSING.format("libgthread-2.0.so.0"))


def test_a_library_nobody_foresaw_is_still_named():
    assert "libstrange-1.so.6" in system.cure(f"ImportError: {MISSING.format('libstrange-1.so.6')}")


def test_other_errors_are_not_about_libraries():
    assert system.cure("No module named 'cv2'") is None


def test_one_line_where_several_modules_lack_the_same_library(monkeypatch):
    def fail(*_):
        raise OSError(MISSING.format("libEGL.so.1"))

    monkeypatch.setattr(system.importlib, "import_module", fail)
    monkeypatch.setattr(system, "_load_mediapipe", fail)
    assert len(system.problems()) == 1


def test_a_package_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr(system, "find_spec", lambda _: None)
    assert system.problems() == ["the environment is not whole: No module named 'mediapipe'"]


def test_this_machine_is_silent():
    done = subprocess.run([sys.executable, "-m", "mien.system"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
