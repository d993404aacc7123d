"""What made an artefact: code, inputs, machine and cost."""

import hashlib
import os
import platform
import subprocess
import sys
import time
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

import psutil

from mien.engine import paths

PACKAGES = ("numpy", "scipy", "pandas", "xarray", "zarr", "dask", "scikit-learn", "keras", "dlib-bin", "ai-edge-litert")
"""The packages whose version can change a result, beside Keras' backend."""


def _git(*arguments: str) -> str | None:
    try:
        call = ["git", "-C", str(paths.REPOSITORY), *arguments]
        return subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git, or a copy without history: say so, and go on
        return None


@cache
def code() -> dict:
    """Commit, whether what makes results differed from it, the lock file's sha256, Keras' backend, versions."""
    changed = _git("status", "--porcelain", "--", "src", "notebooks", "conf", "requirements.lock")
    lock = paths.REPOSITORY / "requirements.lock"
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    return {
        "commit": _git("rev-parse", "HEAD"),
        "dirty": None if changed is None else bool(changed),
        "lock": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else None,
        "backend": backend,
        "packages": {**{name: version(name) for name in PACKAGES}, backend: _version_of_module(backend)},
    }


def _version_of_module(name: str) -> str:
    """Of a module whose package may have another name, as `tensorflow` of tensorflow-cpu."""
    return version(packages_distributions()[name][0])


@cache
def source() -> str:
    """The sha256 of the text of this package."""
    texts = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()


@cache
def machine() -> dict:
    """The machine, without its name."""
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
        return round(psutil.Process().memory_info().peak_wset / 2**20)
    import resource

    unit = 1 if sys.platform == "darwin" else 2**10  # bytes on macOS, KiB on Linux
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20)
