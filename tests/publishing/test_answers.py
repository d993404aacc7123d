"""What notebooks ask and find is read from the notebooks."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mien.publishing import answers


def said(text: str):
    return new_code_cell(outputs=[new_output("execute_result", {"text/markdown": text, "text/plain": "Markdown"})])


def write(path, *cells) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[*cells]), path)


def test_the_finding_is_what_is_said_below_its_heading_and_nothing_else(tmp_path):
    write(
        tmp_path / "a.ipynb", new_markdown_cell("# 1 · What?"), said("before"), new_markdown_cell("## Finding\nSo."),
        said("**one**"), new_markdown_cell("and"), said("two"), new_markdown_cell("## Record"), said("after"),
    )  # fmt: skip
    assert answers.finding(tmp_path / "a.ipynb") == "**one**\n\ntwo"


def test_findings_are_saved_by_node_and_those_of_failed_runs_are_not(tmp_path):
    for node, text in (("50-a", "yes"), ("50-b.failed", "no")):
        write(tmp_path / "executed" / f"{node}.ipynb", new_markdown_cell("## Finding"), said(text))
    write(tmp_path / "executed" / "00-c.ipynb", said("no section"))
    answers.save(tmp_path / "executed", tmp_path)
    assert answers.saved(tmp_path) == {"50-a": "yes"}


def test_the_question_is_the_notebook_s_title():
    assert answers.question("52_saliency") == "Where does the network look?"
    assert answers.question("10_of_long_ago") == "10_of_long_ago"
