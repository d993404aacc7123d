import json
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from mien.engine import paths, provenance, runner
from mien.engine.profiles import ParameterError

BARS = """
import sys
from mien.engine.progress import tqdm
for epoch in tqdm(range(3), "epochs", mininterval=0):
    if epoch == 1:
        print("careful", file=sys.stderr)
"""

WARNS = """
import numpy as np, xarray as xr
from tqdm import tqdm
from mien.faces import splits
split = np.repeat(["train", "validation"], 20)
faces = xr.Dataset(coords={"split": ("face", split), "group": ("face", np.arange(40)), "emotion": ("face", [0] * 40)})
for _ in tqdm(range(3), "reading", leave=False, mininterval=0):
    pass
assert "test" in splits.assign_splits(faces)["split"]
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook that divides, says and warns something, and takes its time."""
    cells = [
        new_code_cell("top = 6\nbottom = 2  # int: 0 fails", metadata={"tags": ["parameters"]}),
        new_code_cell("import os, sys\nprint('to the log', file=os.fdopen(2, 'w'))"),
        new_code_cell(BARS),
        new_code_cell("top / bottom, sys.executable, os.path.basename(os.getcwd())"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = tmp_path_factory.mktemp("divide") / "notebooks" / "00_divide.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    return path


@pytest.fixture(scope="module")
def ran(notebook):
    """The executed copy, and what its watcher was told."""
    told = []
    output = notebook.parents[1] / "executed" / "00_divide.ipynb"
    runner.execute(notebook, output, {"top": 21}, "key", lambda *what: told.append(what))
    return output, told


def test_a_notebook_runs_with_its_parameters_in_its_folder_by_the_environment_s_own_kernel(notebook, ran):
    output, _ = ran
    (result,) = nbformat.read(output, as_version=4).cells[-1].outputs
    assert result.data["text/plain"] == repr((10.5, sys.executable, "notebooks"))
    assert not nbformat.read(notebook, as_version=4).cells[-1].outputs


def test_the_executed_copy_has_its_key_and_a_log_of_what_was_printed(ran):
    output, _ = ran
    made = {"key": "key", "raw": str(paths.raw()), **provenance.begun()}
    assert json.loads(output.read_text())["metadata"]["mien"] == made
    assert {path.name for path in output.parent.iterdir()} == {"00_divide.ipynb", "00_divide.log"}
    log = output.with_suffix(".log").read_text()
    assert "to the log" in log
    assert "careful" in log
    assert "epochs" not in log


def test_the_kernel_of_a_node_knows_where_to_note_its_files(notebook, tmp_path):
    writes = notebook.with_name("00_write.ipynb")
    content = nbformat.read(notebook, as_version=4)
    content.cells[2].source = "from mien.engine import paths, written\nwritten.claim(paths.home() / 'a.txt')"
    nbformat.write(content, writes)
    runner.execute(writes, tmp_path / "00_write.ipynb", {})
    assert (tmp_path / "00_write.files").read_text() == "a.txt\n"
    with pytest.raises(papermill.PapermillExecutionError, match="00_write-b would write a.txt, which 00_write has"):
        runner.execute(writes, tmp_path / "00_write-b.ipynb", {})


def test_a_watcher_is_told_of_cells_and_of_bars(ran):
    _, told = ran
    assert [what for what in told if what[0] == "cell"] == [("cell", i, 5) for i in range(5)]  # one has the parameters
    assert [*dict.fromkeys(what for what in told if what[0] == "epochs")] == [("epochs", i, 3) for i in range(4)]


def test_a_bar_leaves_nothing_in_the_page_and_takes_nothing_else_with_it(ran):
    output, _ = ran
    (said,) = nbformat.read(output, as_version=4).cells[-2].outputs
    assert said.text.split() == ["careful"]


def test_a_warning_that_follows_a_bar_stands_in_the_page_and_in_the_log(notebook, tmp_path):
    warns = notebook.with_name("00_warn.ipynb")
    content = nbformat.read(notebook, as_version=4)
    content.cells[2].source = WARNS
    nbformat.write(content, warns)
    executed = runner.execute(warns, tmp_path / "00_warn.ipynb", {})
    (said,) = nbformat.read(tmp_path / "00_warn.ipynb", as_version=4).cells[2].outputs
    for text in (said.text, (tmp_path / "00_warn.log").read_text()):
        assert "UserWarning: no face has the split test: it is cut from train, by group" in text
        assert "reading" not in text
    assert runner.warned(executed) == ["no face has the split test: it is cut from train, by group"]


def test_of_the_warnings_of_a_notebook_those_of_mien_are_told_once_and_whole():
    own, cell = str(Path(runner.__file__).parents[1] / "faces" / "pictures.py"), "/tmp/ipykernel_12/34.py"
    said = "".join(
        [
            f"{cell}:3: UserWarning: two are left out:\na.png\nb.png\n  read(folder)\n",
            "/lib/keras/src/layer.py:9: UserWarning: build it first\n  warnings.warn(\n",
            f"{cell}:4: FutureWarning: do not\n  do()\n",
            f"{own}:5: UserWarning: a link leads nowhere\n",
            f"{cell}:3: UserWarning: two are left out:\na.png\nb.png\n  read(folder)\n",
        ]
    )
    cell = new_code_cell(outputs=[new_output("stream", name="stderr", text=said)])
    told = runner.warned(new_notebook(cells=[cell]))
    assert told == ["two are left out:\na.png\nb.png", "a link leads nowhere"]


def test_a_failed_run_is_kept_beside_the_result_and_not_as_the_result(notebook, tmp_path):
    output = tmp_path / "executed" / "00_divide.ipynb"
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        runner.execute(notebook, output, {"bottom": 0})
    assert {path.name for path in output.parent.iterdir()} == {"00_divide.failed.ipynb", "00_divide.log"}
    failed = nbformat.read(output.parent / "00_divide.failed.ipynb", as_version=4)
    assert failed.cells[-1].outputs[-1].ename == "ZeroDivisionError"


def test_an_undeclared_parameter_is_refused_before_any_work(notebook, tmp_path):
    with pytest.raises(ParameterError, match="00_divide has no parameter botom; it has bottom, top"):
        runner.execute(notebook, tmp_path / "executed" / "out.ipynb", {"botom": 0})
    assert not (tmp_path / "executed").exists()
