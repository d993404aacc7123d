import os
import subprocess
import sys

import numpy as np
import pytest
import typer
import xarray as xr
from PIL import Image
from typer.testing import CliRunner

from mien import __main__, cli
from mien.engine import exits, store
from mien.engine.paths import Paths
from mien.faces import export
from mien.publishing import __main__ as publishing
from mien.publishing import results
from mien.sources import download
from mien.training import __main__ as training


def call(*arguments):
    return CliRunner().invoke(cli.app, arguments)


@pytest.mark.parametrize(("usable", "code"), [(True, 0), (False, 1)])
def test_data_fails_only_if_nothing_can_be_used(usable, code, monkeypatch):
    monkeypatch.setattr(download, "run", lambda console: usable)
    assert call("data").exit_code == code


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """A profile `sample` in an empty home, and a stand-in for what writes pictures: what it was given."""
    monkeypatch.setenv("MIEN_HOME", str(tmp_path))
    monkeypatch.setattr("mien.engine.paths.profiles", lambda: ["sample"])
    written = []
    monkeypatch.setattr(export, "write_pictures", lambda faces, folder: written.append((faces.sizes["face"], folder)))
    return written


def test_extract_writes_the_pictures_of_a_profile(profile):
    paths = Paths("sample")
    images = xr.Dataset({"image": (("face", "y", "x"), np.zeros((3, 4, 4), np.uint8))})
    store.save_dataset(images, paths.faces())
    result = call("extract", "--profile", "sample")
    assert result.exit_code == 0
    assert profile == [(3, paths.pictures())]
    assert "3 faces" in result.output


def test_extract_names_the_notebook_that_makes_the_faces(profile):
    result = call("extract")
    assert result.exit_code == 2
    assert "10_extract_faces" in result.output


def test_extract_names_the_profiles(profile):
    result = call("extract", "--profile", "none")
    assert result.exit_code == 2
    assert "unknown profile 'none'" in result.output


def test_help_imports_nothing_heavy():
    code = "import sys, mien.cli; print({'numpy', 'xarray', 'keras', 'kagglehub'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


def test_a_file_of_settings_that_another_library_cannot_read_is_named(tmp_path):
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe\x00")
    command = [sys.executable, "-m", "mien", "video", "a.mp4", "--figure", "a.png"]
    environment = os.environ | {"MATPLOTLIBRC": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "matplotlibrc" in done.stderr


def test_ctrl_c_ends_it_well_while_it_is_being_imported(monkeypatch):
    class Interrupted:
        @staticmethod
        def find_spec(name, *_):
            if name == "mien.cli":
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "meta_path", [Interrupted, *sys.meta_path])
    monkeypatch.delitem(sys.modules, "mien.cli")
    monkeypatch.delattr("mien.cli")
    with pytest.raises(SystemExit) as end:
        __main__.main()
    assert end.value.code == exits.INTERRUPTED


@pytest.mark.parametrize("backend", ["QtAgg", "nonsense"])
def test_figures_need_no_display_whatever_is_set_for_others(backend):
    code = "import mien.cli, matplotlib.pyplot as plt; print(plt.figure().canvas.__class__.__name__)"
    environment = os.environ | {"MPLBACKEND": backend}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout == "FigureCanvasAgg\n"


@pytest.fixture
def pictures(tmp_path):
    """A folder of two classes to train on, of 3 pictures and 1, and one to test on."""
    for i, name in enumerate(("train/happy/a", "train/happy/b", "train/happy/c", "train/sad/d", "test/sad/e")):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(i).integers(0, 256, (8, 8), np.uint8)).save(path)
    return tmp_path


def test_augment_as_a_command(pictures):
    command = [sys.executable, "-m", "mien", "augment", str(pictures), "--to", "3", "--seed", "5"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "left alone: test" in done.stdout
    assert {f: len(list((pictures / f).iterdir())) for f in ("train/happy", "train/sad", "test/sad")} == {
        "train/happy": 3,
        "train/sad": 3,
        "test/sad": 1,
    }


def test_augment_fails_in_the_end_if_a_file_is_no_picture(pictures):
    (pictures / "train/sad/broken.jpg").write_text("no picture")
    result = call("augment", str(pictures), "--to", "3")
    assert result.exit_code == 1
    assert "broken.jpg is not a picture that can be read" in result.output
    assert len(list((pictures / "train/sad").iterdir())) == 4


@pytest.mark.parametrize(
    ("folder", "to", "said"),
    [
        ("none", "3", "none is not there"),
        ("train/sad/d.png", "3", "is no folder"),
        ("train", "0", "'--to'"),
        ("train", "many", "'--to'"),
        ("train/sad", "3", "no training pictures"),
        ("test", "3", "no folder `train`"),
    ],
)
def test_augment_says_what_it_cannot_use(folder, to, said, pictures):
    result = call("augment", str(pictures / folder), "--to", to)
    assert result.exit_code == 2
    assert said.replace(" ", "") in "".join(result.output.replace("│", " ").split())  # a long path is folded anywhere


def test_augment_says_in_a_line_what_cannot_be_written(pictures, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "aside", full)
    result = call("augment", str(pictures), "--to", "3")
    assert result.exit_code == 1
    assert "cannot write into" in result.output.splitlines()[-1]


RESULTS = typer.Typer()
RESULTS.command()(results.main)

COMMANDS = [
    (cli.app, "data", "mien.sources.download.run"),
    (cli.app, "extract", "mien.engine.store.open_dataset"),
    (cli.app, "publish small-happy", "mien.publishing.models.publish"),
    (cli.app, "models", "mien.models.pretrained.names"),
    (cli.app, "models --export folder", "mien.publishing.exports.hand_out"),
    (cli.app, "augment . --to 3", "mien.faces.oversample.run"),
    (cli.app, "predict a.png", "mien.inference.batch.predict"),
    (cli.app, "video a.mp4", "mien.inference.outputs.check"),
    (cli.app, "live", "mien.inference.outputs.check_video"),
    (cli.app, "say a.wav --emotion happy", "mien.live.speech.words"),
    (publishing.app, "run", "mien.engine.steps.run"),
    (publishing.app, "tune all", "mien.engine.steps.tune"),
    (publishing.app, "why 10_extract_faces", "mien.engine.steps.why"),
    (publishing.app, "report", "mien.publishing.book.write"),
    (RESULTS, "sample", "mien.publishing.results.publish"),
]
"""Commands, and what does the work of each."""


@pytest.mark.parametrize(("app", "arguments", "work"), COMMANDS, ids=[f"{words}" for _, words, _ in COMMANDS])
@pytest.mark.parametrize(("error", "code"), [(ValueError, 2), (FileNotFoundError, 2), (OSError, 1)])
def test_every_command_ends_with_the_code_that_all_have(app, arguments, work, error, code, monkeypatch):
    def fail(*_, **__):
        raise error("what is wrong")

    monkeypatch.setattr(work, fail)
    result = CliRunner().invoke(app, arguments.split())
    assert (result.exit_code, result.output.splitlines()[-1]) == (code, "mien: what is wrong")


def test_every_command_of_mien_is_among_them():
    words = {arguments.split()[0] for app, arguments, _ in COMMANDS if app is cli.app}
    assert words == {command.callback.__name__ for command in cli.app.registered_commands}


@pytest.mark.parametrize("command", ["run", "tune all"])
def test_a_step_that_failed_is_told_from_one_that_cannot_be_done(command, monkeypatch):
    monkeypatch.setattr(f"mien.engine.steps.{command.split()[0]}", lambda *_: "40_train_all failed in cell 5")
    result = CliRunner().invoke(publishing.app, command.split())
    assert (result.exit_code, result.output) == (1, "mien: 40_train_all failed in cell 5\n")


@pytest.mark.parametrize("arguments", [["--nothing"], ["nothing"], ["augment", "none", "--to", "3"], ["say", "a.wav"]])
def test_wrong_usage_is_what_cannot_be_done(arguments, mien):
    assert mien(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        "predict|",
        "predict|a.png|--csv|",
        "predict|a.png|--json|",
        "predict|a.png|--save|",
        "video|",
        "video|a.mp4|--csv|",
        "video|a.mp4|--save|",
        "video|a.mp4|--figure|",
        "live|--record|",
        "say||--emotion|happy",
        "say|a.wav|--video|",
        "models|--export|",
        "augment||--to|3",
    ],
)
def test_an_empty_word_is_no_path(arguments, mien, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = mien(*arguments.split("|"))
    assert done.exit_code == 2
    assert "it is empty: name a path" in done.output


def test_where_a_model_looks_is_shown_on_saved_pictures_alone(mien):
    done = mien("predict", "a.png", "--heatmap")
    assert (done.exit_code, "name a folder with --save" in done.output) == (2, True)


def test_help_says_what_the_codes_mean(mien):
    assert exits.CODES in mien("--help").output


@pytest.mark.parametrize("option", [("--passes", "0"), ("--passes", "-2"), ("--answers", "-1"), ("--faces", "")])
def test_training_refuses_what_is_no_count_and_no_file(option, tmp_path):
    result = CliRunner().invoke(training.app, ["student_small_1", "--out", str(tmp_path / "out"), *option])
    assert (result.exit_code, option[0] in result.output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_training_refuses_a_recipe_that_there_is_not(tmp_path):
    result = CliRunner().invoke(training.app, ["nonsense", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "no recipe nonsense" in result.output
