"""What is written through and not replaced: pipes, devices, and where the program's own output goes to."""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path


def is_one(path: Path) -> bool:
    """Whether a path is no file that another may replace: a pipe, a device, or where the program's output goes to."""
    return path.exists() and (not (path.is_file() or path.is_dir()) or _output(path) is not None)


def _output(path: Path) -> int | None:
    """The number of the program's own output that a path leads to, as `/dev/stdout` does."""
    for number in (1, 2):
        with suppress(OSError):  # it may be closed
            if os.path.samestat(path.stat(), os.fstat(number)):
                return number
    return None


def pour(file: Path, path: Path) -> None:
    """Write what a file holds into a pipe, a device or the program's own output, where that is."""
    number = _output(path)
    sys.stdout.flush()
    with file.open("rb") as content, open(path if number is None else number, "wb", closefd=number is None) as stream:
        shutil.copyfileobj(content, stream)
