"""Kernels that start in no time: forks of one process that has imported what notebooks need.

To import TensorFlow, seaborn and scikit-learn takes seconds of every notebook's time, on a slow machine more than what
the notebook does. Here one server process (`multiprocessing`'s forkserver) imports them, once a run, and each kernel
is a fork of it. It runs nothing itself, so that a fork has no thread or state of another notebook.

Jupyter asks a *provisioner* for a kernel's process; `Forked` is registered as one in pyproject.toml; so is
`Quiet`, for JupyterLab.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

IMPORTED = (
    "mien.engine.run",
    "mien.engine.blocks",
    "mien.training.search",
    "mien.training.svm_search",
    "mien.models.ordinal",
    "mien.live",
    "mien.sources.download",
    "mien.features.crops",
    "mien.evaluation.saliency",
    "mien.plots.mesh",
    "mien.plots.scores",
    "mien.plots.training",
    "mien.landmarks.dlib68",
    "skops.io",
    "sklearn.ensemble",
    "matplotlib_inline.backend_inline",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "IPython.core.completer",
)
"""What the server imports: modules that bring all that many notebooks wait for."""

_FORKS = sys.platform == "linux"
"""Elsewhere a process that has loaded the system's graphics and threads must not be forked (macOS), or cannot be."""

_context = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
_server: Future[bool] = Future()  # whether it can fork, once its imports are done
_first = threading.Lock()


def warm_up(log: Path) -> None:
    """Start the server, where there can be one; elsewhere kernels start by themselves.

    Args:
        log: gets what libraries say of themselves while they are imported.
    """
    if _FORKS:
        os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "mien-forked"
        _context.set_forkserver_preload(["mien.engine.tied", __name__, *IMPORTED])
        with _printing_to(log):
            forkserver.ensure_running()
        threading.Thread(target=_ask, daemon=True).start()


def _ask() -> None:
    """Find out whether the server forks: it answers when its imports are done."""
    first = _context.Process(target=int)
    try:
        first.start()
        first.join()
    except OSError:  # it ended: kernels start by themselves
        _server.set_result(False)
    else:
        _server.set_result(first.exitcode == 0)


@contextmanager
def _printing_to(log: Path) -> Iterator[None]:
    """What a process that is started here writes to the terminal goes to a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    terminal = [os.dup(number) for number in (1, 2)]
    with log.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        for number, kept in zip((1, 2), terminal, strict=True):
            os.dup2(kept, number)
            os.close(kept)


def take_turn() -> None:
    """Wait for the server, unless one is the first of a run, whose kernel starts by itself meanwhile."""
    if _FORKS and not _first.acquire(blocking=False):
        _server.result()


class Quiet(LocalProvisioner):
    """A kernel that leaves to the terminal what native libraries say of themselves."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any):
        """Start the kernel that a command describes."""
        return await super().launch_kernel([*cmd, "--IPKernelApp.capture_fd_output=False"], **kwargs)


class Forked(LocalProvisioner):
    """A kernel that is a fork of the server, once that forks."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any):
        """Start the kernel that a command describes: `python … -m ipykernel_launcher arguments`."""
        if not (_server.done() and _server.result()):
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        log = kwargs["stdout"].name if kwargs.get("stdout") else os.devnull
        process = _context.Process(target=_serve, args=(arguments, kwargs["env"], kwargs.get("cwd"), log))
        process.start()
        self.process = _Popen(process)
        self.pid = process.pid
        return self.connection_info


class _Popen:
    """A process of `multiprocessing` as a provisioner wants it: as one of `subprocess`."""

    stdin = stdout = stderr = None

    def __init__(self, process):
        self.pid, self.kill, self.terminate = process.pid, process.kill, process.terminate
        self._process = process

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _serve(arguments: list[str], environment: dict[str, str], folder: str | None, log: str) -> None:
    """Be a kernel, in the fork."""
    os.setpgrp()  # Ctrl-C in the terminal is the runner's
    os.environ.update(environment)
    os.chdir(folder or ".")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.path.insert(0, "")
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
