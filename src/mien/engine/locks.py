"""One run at a time in a folder of reports."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout


class Running(ValueError):
    """Another run has the folder; the message says which process, since when, and what to do."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, which is made; the system frees it where its holder ends, in whatever way.

    Raises:
        Running: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / ".running"
    lock = FileLock(folder / ".lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise Running(f"{folder} is being written {_by(holder)}: wait for it to end, or end it first") from None
    try:
        holder.write_text(f"{os.getpid()} {datetime.now():%Y-%m-%d %H:%M:%S}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _by(holder: Path) -> str:
    """Who holds it, in words; the note beside the lock may just have gone, or be of a holder that was killed."""
    import psutil  # here, since `make` waits for this module

    try:
        process, _, since = holder.read_text(encoding="utf-8").partition(" ")
    except OSError:
        return "by another process"
    return f"by process {process} since {since}" if psutil.pid_exists(int(process or 0)) else "by another process"
