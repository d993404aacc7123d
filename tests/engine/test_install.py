import subprocess
import sys

import pytest

from mien.engine import install
from mien.engine.paths import REPOSITORY


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_a_python_without_packages_is_refused_in_a_line(version):
    with pytest.raises(install.InstallError) as error:
        install.check_python(version)
    assert "\n" not in str(error.value)
    assert "install Python 3.11, 3.12 or 3.13" in str(error.value)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_every_supported_python_is_taken(version):
    install.check_python(version)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            "error: failed to write: No space left on device (os error 28)",
            ["disk is full", "2.8 GB", "0.7 GB are free"],
        ),
        ("OSError: [Errno 28] No space left on device", ["disk is full"]),
        ("error: Failed to fetch: x\n  Caused by: dns error: failed to lookup", ["index cannot be reached", "network"]),
        ("NewConnectionError(...): Temporary failure in name resolution\nERROR: No matching distribution", ["network"]),
        ("error: Hash mismatch for `numpy==1`\n\nExpected: sha256:1", ["requirements.lock"]),
        ("warning: x\nerror: something nobody foresaw\n\n", ["error: something nobody foresaw"]),
        ("", ["said nothing"]),
    ],
)
def test_what_went_wrong_is_said_in_a_line(output, words):
    line = install.explain(output, free=0.7)
    assert "\n" not in line
    assert all(word in line for word in words)


def test_uv_comes_with_the_hashes_of_the_lock():
    lines = install.uv_requirement((REPOSITORY / "requirements.lock").read_text(encoding="utf-8")).splitlines()
    assert lines[0].startswith("uv==")
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert len(lines) > 2
    assert lines[-2].endswith("\\")
    assert not lines[-1].endswith("\\")


def test_a_failing_installer_ends_in_a_line_and_keeps_what_it_said(tmp_path):
    log = tmp_path / "install.log"
    said = "import sys; print('Collecting numpy'); sys.exit('error: dns error')"
    with pytest.raises(install.InstallError, match="index cannot be reached.*install.log"):
        install._run([sys.executable, "-c", said], log)
    assert "Collecting numpy" in log.read_text()


def test_it_needs_python_s_own_library_alone():
    script = REPOSITORY / "src" / "mien" / "engine" / "install.py"
    bare = f"import runpy; runpy.run_path({str(script)!r})"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", bare], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
