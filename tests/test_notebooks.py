"""Every notebook is a question with one arc, runs anywhere, and stands in the graph."""

import ast
import re
import subprocess

import nbformat
import pytest

from mien.engine import graph, notebooks, parameters, paths, profiles

NOTEBOOKS = sorted((paths.REPOSITORY / "notebooks").glob("*.ipynb"))
ARC = ("Parameters", "Load", "Finding", "Record")

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def asks(path):
    """Of the notebooks with a question of their own, which all have but the first page of JupyterLab."""
    if path.stem == "index":
        pytest.skip("shows the others")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_it_is_committed_free_of_output(path):
    committed = subprocess.run(["git", "show", f":notebooks/{path.name}"], cwd=paths.REPOSITORY, capture_output=True)
    if committed.returncode:
        pytest.skip("not in git")
    assert notebooks.stripped(committed.stdout.decode()) == committed.stdout.decode()


def test_its_kernel_is_the_environments_own(notebook):
    assert notebook.metadata.kernelspec.name == "python3"


def test_it_asks_a_question_and_keeps_the_arc(notebook, path, asks):
    headings = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    headings = [line for line in headings if line.startswith("#")]
    assert re.fullmatch(rf"# {path.stem[:2]} · .+\?", headings[0])
    sections = [line.removeprefix("## ") for line in headings[1:]]
    assert [section for section in sections if section in ARC] == list(ARC)
    assert sections[:2] == ["Parameters", "Load"]
    assert sections[-2:] == ["Finding", "Record"]
    assert len(sections) > len(ARC), "no section between loading and finding"


def test_a_sentence_stands_before_each_cell(notebook):
    kinds = [cell.cell_type for cell in notebook.cells]
    assert all(before == "markdown" for before, kind in zip(["", *kinds], kinds, strict=False) if kind == "code")
    assert all(cell.source.strip() for cell in notebook.cells)


def test_it_is_short(notebook):
    cells = code_cells(notebook)
    assert len(cells) <= 25
    assert max(len(cell.source.splitlines()) for cell in cells) <= 12


def test_its_parameters_are_typed_literals_with_a_comment_each(notebook):
    (cell,) = [cell for cell in code_cells(notebook) if "parameters" in cell.metadata.get("tags", ())]
    names = set()
    for line, node in zip(cell.source.splitlines(), ast.parse(cell.source).body, strict=True):
        name, value, kind = re.fullmatch(r"(\w+) = (.+?)  # (\w+): .+", line).groups()
        assert type(ast.literal_eval(value)).__name__ == kind
        assert not parameters.wanted(parameters.declared(line)[name], ast.literal_eval(value))
        assert isinstance(node, ast.Assign)
        names.add(name)
    assert "profile" in names


def test_its_run_records_its_parameters_as_they_were_given(notebook, path, asks):
    source = "\n".join(cell.source for cell in code_cells(notebook)[1:])
    before, call, _ = source.partition(f'run = Run("{path.stem}", globals()')
    assert call
    names = [node for node in ast.walk(ast.parse(before)) if isinstance(node, ast.Name)]
    assert not {node.id for node in names if isinstance(node.ctx, ast.Store)} & set(profiles.declared(path))


def test_it_asks_test_faces_nothing_that_is_not_counted(notebook, path):
    if path.stem[:2] in ("10", "12", "13", "20"):
        pytest.skip("counts faces, and asks no model of expressions")
    nodes = [node for cell in code_cells(notebook) for node in ast.walk(ast.parse(cell.source))]
    read = {node.slice for node in nodes if isinstance(node, ast.Subscript)}  # as recorded scores are, in 56
    if any(isinstance(node, ast.Constant) and node.value == "test" for node in nodes if node not in read):
        assert any(isinstance(node, ast.Attribute) and node.attr == "opens_test" for node in nodes)
        assert not path.stem.startswith("4"), "a model that is not saved has no sha256 to be counted by"


def test_it_stands_in_the_graph(path):
    if path.stem.startswith(("9", "index")):
        pytest.skip("interactive: not part of the pipeline")
    assert path.stem in {node.notebook for node in graph.load().values()}
