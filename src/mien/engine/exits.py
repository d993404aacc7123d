"""How every command ends: what is wrong in a line, and an exit code that means the same for all of them."""

import errno
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from mien.engine.names import shown, written

FAILED = 1
"""Something failed in doing what was asked for: a file could not be read, a disk is full, a service does not answer."""

REFUSED = 2
"""What was asked for cannot be done as it was asked for: an option, a name, a path, a file that is none of its kind."""

INTERRUPTED = 130
"""Ctrl-C, as shells have it: 128 and the number of SIGINT."""

CODES = "Exit codes: 0, done; 1, something of it failed; 2, it cannot be done as it was asked for."


@contextmanager
def in_a_line() -> Iterator[None]:
    """Say in a line each what there is to warn of, and what is wrong: then end with `REFUSED` or `FAILED`."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # whose code page may lack what is said
        sys.stdout.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: typer.echo(written(str(message)), err=True)
        try:
            yield
        except (ValueError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            _end(_said(error), REFUSED)
        except OSError as error:
            _end(_said(error), REFUSED if error.errno == errno.ENAMETOOLONG else FAILED)
        except (ModuleNotFoundError, NotImplementedError) as error:
            _end(_said(error), REFUSED)


def _said(error: Exception) -> str:
    """What is wrong, after the file where the system names one, and before the variable that asks for what is not."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    backend = os.environ.get("KERAS_BACKEND")
    if backend and (isinstance(error, ImportError) or f"backend : {backend}" in str(error)):
        return f"{error}: KERAS_BACKEND asks for {backend}, leave it out"
    return str(error)


def path(text: str) -> Path:
    """The path that a word of the command line is, to be its `parser`: Python takes "" for the folder of work.

    Raises:
        BadParameter: it is empty, as a variable that is not set leaves it.
    """
    if not text:
        raise typer.BadParameter("it is empty: name a path, or leave the option out")
    return Path(text)


def folder(text: str) -> Path:
    """As `path`, of a folder that is there; raises BadParameter where it is not."""
    if not (found := path(text)).is_dir():
        raise typer.BadParameter(f"{shown(text)} is {'no folder' if found.exists() else 'not there'}")
    return found


def run(command: Callable[[], object]) -> NoReturn:
    """Run a command to the end of its process: also where an import fails, the output is full, or Ctrl-C comes."""
    code = _ended(command) or _ended(_flush)
    try:
        _flush()
    except OSError:  # else Python tries once more at its end, and says how that failed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _ended(step: Callable[[], object]) -> int:
    """Do a step; the exit code."""
    try:
        with in_a_line():
            step()
    except typer.Exit as end:
        return end.exit_code
    except SystemExit as end:
        return end.code or 0
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _flush() -> None:
    if sys.stdout:  # None where it is closed
        sys.stdout.flush()


def failed(message: str | None = None) -> None:
    """Say what has failed, where that is not said already, and end with `FAILED`."""
    _end(message, FAILED)


def _end(message: str | None, code: int) -> None:
    if message:
        typer.echo(written(f"mien: {message}"), err=True)
    raise typer.Exit(code)
