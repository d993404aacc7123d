"""Makes the environment in `.venv` from requirements.lock, with Python's own library alone.

uv, which comes by pip, installs in half a minute what pip takes minutes for. Every package is checked by its hash.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = Path(".venv")
GIGABYTES = 2.8
"""What the environment takes on disk."""

_CAUSES = {
    r"No space left|os error 28|errno 28|disk quota": "the disk is full",
    r"dns error|error sending request|client error \(Connect\)|NewConnectionError|name resolution|timed out"
    r"|Failed to establish|No matching distribution|ProxyError|SSLError": "the package index cannot be reached",
    r"[Hh]ash(es)? (mismatch|do not match)|DO NOT MATCH": "a package is not the one that requirements.lock names",
}
_CURES = {
    "the disk is full": "the environment takes {needed:.1f} GB, and {free:.1f} GB are free here: make room",
    "the package index cannot be reached": "is there a network, and does pip know its proxy?",
    "a package is not the one that requirements.lock names": "what the index or proxy gave is not to be trusted",
}


class InstallError(RuntimeError):
    """The environment could not be made; the message says why and what to do, in a line."""


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> None:
    """Refuse a Python for which there are no packages.

    Raises:
        InstallError: it is not 3.11 to 3.13.
    """
    if not (3, 11) <= version < (3, 14):
        raise InstallError(
            f"Python {version[0]}.{version[1]} is not supported: install Python 3.11, 3.12 or 3.13 "
            "and say make PYTHON=python3.11"
        )


def explain(output: str, free: float) -> str:
    """Say in a line why an installer failed, and what to do.

    Args:
        output: what it printed.
        free: gigabytes that are free on the disk.
    """
    for pattern, cause in _CAUSES.items():
        if re.search(pattern, output):
            return f"{cause}: {_CURES[cause].format(needed=GIGABYTES, free=free)}"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "the installer failed and said nothing"


def uv_requirement(lock: str) -> str:
    """The lines of requirements.lock that name uv and its hashes, as pip takes them."""
    return re.search(r"^uv==(?:.*\\\n)*.*\n", lock, re.M)[0]


def install(folder: Path = FOLDER) -> None:
    """Make the environment, or bring it up to date.

    Raises:
        InstallError: see `check_python` and `explain`; the full output is in `install.log` in the folder.
    """
    check_python()
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    log = folder / "install.log"
    try:
        venv.create(folder, with_pip=True, symlinks=os.name != "nt")
        (folder / "uv.txt").write_text(uv_requirement((REPOSITORY / "requirements.lock").read_text(encoding="utf-8")))
        log.unlink(missing_ok=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InstallError(explain(str(error), _free(folder))) from None
    python = str(scripts / "python")
    uv = [str(scripts / "uv"), "--quiet", "pip"]
    for command in (
        [
            python,
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            str(folder / "uv.txt"),
        ],
        [*uv, "sync", "--python", python, "--require-hashes", "requirements.lock"],
        [*uv, "install", "--python", python, "--no-deps", "--no-build-isolation", "-e", "."],
    ):
        _run(command, log)


def _run(command: list[str], log: Path) -> None:
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, encoding="utf-8", errors="replace")
    output = done.stdout + done.stderr
    if done.returncode:
        cause = explain(output, _free(REPOSITORY))
        try:
            with log.open("a", encoding="utf-8") as file:
                file.write(output)
        except OSError:  # a full disk, which the line says
            raise InstallError(cause) from None
        raise InstallError(f"{cause} (all of it: {log})")


def _free(folder: Path) -> float:
    return shutil.disk_usage(folder if folder.exists() else ".").free / 1e9


if __name__ == "__main__":
    try:
        install()
    except InstallError as error:
        sys.exit(f"mien: {error}")
