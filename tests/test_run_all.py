"""*Run All* in a fresh clone: a notebook whose data are not made yet says in a sentence what to run first."""

import re

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from mien.engine import profiles

WORK = ("00", "10", "11", "12", "13", "60", "61", "91", "in")
"""The first letters of notebooks that need nothing that another one makes."""

FIRST = {
    "32_blendshapes": "20_landmarks (detector mediapipe478)",
    "40_train_all": "30_distance_features",
    "50_evaluation": "a notebook of stage 40",
    "56_tuned": "`make gains`",
    "90_tune": "30_distance_features",
}
"""What some of them are to be told to run first."""

WAITING = sorted(path.stem for path in profiles.NOTEBOOKS.glob("*.ipynb") if not path.stem.startswith(WORK))


@pytest.fixture
def shown(home, monkeypatch):
    """Runs all cells of a notebook up to the first that fails: the lines that Jupyter shows of the error."""
    monkeypatch.setenv("IPYTHONDIR", str(home))
    monkeypatch.chdir(home)

    def run_all(name: str) -> list[str]:
        shell, lines = InteractiveShell(), []
        shell._showtraceback = lambda kind, error, shown: lines.extend(shown)  # as ipykernel's shell sends them
        for cell in nbformat.read(profiles.NOTEBOOKS / f"{name}.ipynb", as_version=4).cells:
            if cell.cell_type == "code" and not shell.run_cell(cell.source).success:
                break
        return lines

    return run_all


@pytest.mark.parametrize("notebook", WAITING)
def test_a_notebook_says_in_one_sentence_what_to_run_first(shown, notebook):
    (line,) = shown(notebook)
    says = r"(?:data|models)/sample/\S+ is not there: run (.+) first; `make pipeline` runs all in order"
    said = re.fullmatch(says, line)
    assert said[1] == FIRST.get(notebook, said[1])
