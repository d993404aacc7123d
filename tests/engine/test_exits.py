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


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, 1), (errno.EACCES, 1), (errno.ENAMETOOLONG, 2), (errno.ENOENT, 2)]
)
def test_what_the_system_says_of_a_file_stands_after_its_name(number, code, capsys):
    with pytest.raises(typer.Exit) as end, exits.in_a_line():
        raise OSError(number, "what is wrong", "faces.csv")
    assert (end.value.exit_code, capsys.readouterr().err) == (code, "mien: faces.csv: what is wrong\n")


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


@pytest.mark.parametrize(
    ("backend", "error"),
    [
        ("torch", ModuleNotFoundError("No module named 'torch'")),
        ("theano", ValueError("Unable to import backend : theano")),  # as Keras says it
    ],
)
def test_what_is_not_here_is_named_with_who_asks_for_it(backend, error, capsys, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    with pytest.raises(typer.Exit) as end, exits.in_a_line():
        raise error
    said = f"mien: {error}: KERAS_BACKEND asks for {backend}, leave it out\n"
    assert (end.value.exit_code, capsys.readouterr().err) == (2, said)


@pytest.mark.parametrize(
    "content",
    ['{"backend": "torch"}', '{"floatx": "nonsense", "image_data_format": "channels_first"}', "[]"],
)
def test_models_do_not_depend_on_what_keras_is_told_for_others(content, tmp_path):
    (tmp_path / "keras.json").write_text(content)
    code = "import mien, keras; print(keras.config.backend(), keras.config.floatx(), keras.config.image_data_format())"
    environment = {name: said for name, said in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"KERAS_HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout == "tensorflow float32 channels_last\n", done.stderr


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
