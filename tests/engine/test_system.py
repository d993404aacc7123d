import subprocess
import sys

from mien.engine import system

MISSING = "{}: cannot open shared object file: No such file or directory"


def test_the_graphics_library_is_named_with_its_packages():
    line = system.cure(MISSING.format("libGL.so.1"))
    assert "libGL.so.1" in line
    assert "apt-get install libgl1" in line
    assert "dnf install mesa-libGL" in line
    assert "\n" not in line


def test_glib_has_its_own_cure():
    assert "libglib2.0-0" in system.cure(MISSING.format("libgthread-2.0.so.0"))


def test_a_library_nobody_foresaw_is_still_named():
    assert "libstrange-1.so.6" in system.cure(f"ImportError: {MISSING.format('libstrange-1.so.6')}")


def test_other_errors_are_not_about_libraries():
    assert system.cure("No module named 'cv2'") is None


def test_one_line_where_several_modules_lack_the_same_library(monkeypatch):
    def fail(*_):
        raise OSError(MISSING.format("libGL.so.1"))

    monkeypatch.setattr(system.importlib, "import_module", fail)
    assert len(system.problems()) == 1


def test_a_package_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr(system, "NATIVE", ("no_such_package",))
    assert system.problems() == ["the environment is not whole: No module named 'no_such_package'"]


def test_this_machine_is_silent():
    done = subprocess.run([sys.executable, "-m", "mien.engine.system"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
