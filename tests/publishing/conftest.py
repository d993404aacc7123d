"""A run of three notebooks, as papermill leaves them, and scores of two models."""

import base64
import io
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mien.engine import graph, paths

COMMIT, OTHER = "a" * 40, "b" * 40

FINDING = "**70.1% of faces are right** (95 % interval 68.6% to 71.6%), which is *xylophonic*. Easiest is *happy*."

LOG = "".join(f"Epoch {n}/9\n1/1 - 1s - loss: 0.{n} - val_loss: 0.{n}\n" for n in range(1, 10))


def _png(seed: int = 0) -> str:
    """A picture of noise, in base64."""
    with io.BytesIO() as file:
        figure = Figure(figsize=(2, 2))
        figure.subplots().imshow(np.random.default_rng(seed).random((8, 8)))
        figure.savefig(file, format="png")
        return base64.b64encode(file.getvalue()).decode()


def _cells(picture: str, finding: str = FINDING) -> list:
    """The arc of a notebook, its finding and a formula."""
    drawn = new_output("display_data", {"image/png": picture, "text/plain": "<Figure>"})
    table = "<table><thead><tr><th>split</th></tr></thead><tbody><tr><td>train</td></tr></tbody></table>"
    said = new_output("execute_result", {"text/markdown": finding, "text/plain": "<Markdown>"})
    return [
        new_markdown_cell("# 00 · What is asked?\n\nIts mean is $\\bar{x} = 1$."),
        new_code_cell("seed = 0  # int: of it", metadata={"tags": ["parameters"]}),
        new_markdown_cell("## Train\nRare classes weigh more."),
        new_code_cell("fit()", outputs=[new_output("stream", text=LOG)]),
        new_markdown_cell("The curves part [here]. They are drawn."),
        new_code_cell("curves", outputs=[drawn]),
        new_markdown_cell("Faces by split."),
        new_code_cell("counts", outputs=[new_output("execute_result", {"text/html": table, "text/plain": "split"})]),
        new_markdown_cell("## Finding\nIn one sentence."),
        new_code_cell("said", outputs=[said]),
        new_markdown_cell("## Record\nWhere it lies."),
        new_code_cell("save()", outputs=[new_output("execute_result", {"text/plain": "PosixPath('/home/me/a')"})]),
    ]


def _executed(folder: Path, name: str, inside: list | None = None, commit: str = COMMIT, **parameters) -> Path:
    """Write a notebook as the runner leaves it: of these cells, or of the arc with a picture of noise."""
    inside = _cells(_png()) if inside is None else inside
    made = new_notebook(cells=inside, metadata={
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "mien": {"commit": commit, "dirty": False, "key": {"its notebook": "abc"}},
        "papermill": {"duration": 61.0, "end_time": "2026-01-02T03:04:05.6+00:00", "input_path": "/home/me/n.ipynb",
                      "parameters": {"profile": folder.name, **parameters}},
    })  # fmt: skip
    file = folder / "executed" / f"{name}.ipynb"
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, file)
    file.with_suffix(".files").touch()
    return file


def _scored(folder: Path, model: str, accuracy: float) -> None:
    """Write the scores of a model of seven expressions."""
    view = {"n": 100, "coverage": 0.9, "accuracy": accuracy, "accuracy_ci95": [accuracy - 0.05, accuracy + 0.05],
            "balanced_accuracy": 0.5, "macro_f1": 0.4, "ece": 0.03}  # fmt: skip
    machine = {"system": "Linux", "processor": "x86_64", "cores": 2, "memory_gib": 23.5, "python": "3.11.7"}
    content = {"model": model, "target": "emotion7", "test": {"all": view, "clean": view}}
    file = folder / "metrics" / f"{model}-emotion7.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**content, "provenance": {"machine": machine, "parameters": {"profile": "sample"}}}))


@pytest.fixture(scope="session")
def executed():
    """Writes a notebook as the runner leaves it."""
    return _executed


@pytest.fixture(scope="session")
def arc():
    """Gives the cells of a notebook that shows a picture, which is in base64."""
    return _cells


@pytest.fixture(scope="package")
def run(tmp_path_factory) -> Path:
    """A run of `smoke`: two notebooks of one commit, one of another, one that failed, and the rest missing."""
    folder = tmp_path_factory.mktemp("reports") / "smoke"
    for seed, name in enumerate(("00_sources", "41_train_enm-happy")):
        _executed(folder, name, _cells(_png(seed)))
    _executed(
        folder,
        "50_evaluation-blendshape_svm-emotion7",
        _cells(_png(2)),
        OTHER,
        model="blendshape_svm",
        target="emotion7",
    )
    error = new_output("error", ename="ValueError", evalue="batch_size is 0\nexpected 1", traceback=["ValueError: it"])
    note = new_markdown_cell("<span>An Exception</span>", metadata={"tags": ["papermill-error-cell-tag"]})
    failed = [note, *_cells(_png(3))[:3], new_code_cell("fit(0)", outputs=[error]), *_cells(_png(3))[-2:]]
    _executed(folder, "40_train_all-happy.failed", failed)
    _scored(folder, "small", 0.7)
    _scored(folder, "blendshape_svm", 0.5)
    return folder


@pytest.fixture(scope="package")
def lacking() -> set[str]:
    """The nodes that the run lacks."""
    assert "smoke" in paths.profiles()
    there = {"00_sources", "41_train_enm-happy", "50_evaluation-blendshape_svm-emotion7", "40_train_all-happy"}
    return set(graph.upstream(graph.load(), graph.last("smoke"))) - there


@pytest.fixture(scope="package")
def seeded(tmp_path_factory) -> Path:
    """A run of `smoke` that scored a model from three seeds."""
    folder = tmp_path_factory.mktemp("reports") / "smoke"
    for model, accuracy in {"small_seed1": 0.6, "small": 0.7, "small_seed2": 0.8}.items():
        finding = f"**{model} on emotion7: {accuracy:.1%} are right.** Hardest is *fear*."
        _executed(folder, f"50_evaluation-{model}-emotion7", _cells(_png(), finding), model=model)
        _scored(folder, model, accuracy)
    return folder
