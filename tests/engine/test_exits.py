"""What a command says, and the code that it ends with, whatever happens in it."""

import errno
import io
import os
import subprocess
import sys
import warnings

import pytest
import typer

from mien.engine import exits


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError("no such name"), 2),
        (FileNotFoundError("a.png is not there"), 2),
        (IsADirectoryError("album is a folder"), 2),
        (NotADirectoryError("a.png is no folder"), 2),
        (OSError("the disk is full"), 1),
        (PermissionError("not yours"), 1),
    ],
)
def test_what_cannot_be_done_as_asked_is_told_from_what_failed(error, code, capsys):
    with pytest.raises(typer.Exit) as end, exits.in_a_line():
        raise error
    assert end.value.exit_code == code
    assert capsys.readouterr().err == f"mien: {error}\n"


def test_what_is_nobodys_fault_but_the_programs_is_not_hidden():
    with pytest.raises(ZeroDivisionError), exits.in_a_line():
        print(1 / 0)


def test_a_warning_is_a_line_and_no_end(capsys):
    with exits.in_a_line():
        warnings.warn("only its first frame is looked at", stacklevel=1)
    assert capsys.readouterr().err == "only its first frame is looked at\n"


def test_what_was_said_already_is_not_said_again(capsys):
    with pytest.raises(typer.Exit) as end:
        exits.failed()
    assert (end.value.exit_code, capsys.readouterr().err) == (1, "")


def test_a_package_that_is_not_here_is_named_with_who_asks_for_it(capsys, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(typer.Exit) as end, exits.in_a_line():
        raise ModuleNotFoundError("No module named 'torch'")
    said = "mien: No module named 'torch': KERAS_BACKEND asks for torch, leave it out\n"
    assert (end.value.exit_code, capsys.readouterr().err) == (2, said)


def test_what_a_code_page_lacks_is_written_by_its_number(monkeypatch):
    written = io.TextIOWrapper(io.BytesIO(), "cp1252", write_through=True)
    monkeypatch.setattr("sys.stdout", written)
    with exits.in_a_line():
        print("— happily 😄")
    assert written.buffer.getvalue().decode("cp1252").strip() == "— happily \\U0001f604"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (None, 0, ""),
        (SystemExit(2), 2, ""),
        (OSError("the disk is full"), 1, "mien: the disk is full\n"),
        (ValueError("of an import"), 2, "mien: of an import\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_command_ends_in_a_line_wherever_it_fails(error, code, said, capfd):
    def command():
        if error:
            raise error

    with pytest.raises(SystemExit) as end:
        exits.run(command)
    assert (end.value.code, capfd.readouterr().err) == (code, said)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("prints", ["print('late')", "print('at once', flush=True)", "exits.in_a_line()(print)('')"])
def test_a_full_disk_under_the_output_is_said_once(prints):
    code = f"from mien.engine import exits; exits.run(lambda: {prints})"
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, f"mien: {OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))}\n")
