"""The page of a published run shows what is beside it, and is what its files say now."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mien.engine import paths
from mien.publishing import page

PUBLISHED = sorted(path.name for path in paths.published("").glob("*") if path.is_dir())


@pytest.mark.parametrize("profile", PUBLISHED)
def test_it_is_what_its_files_say_now(profile):
    folder = paths.published(profile)
    written = (folder / page.NAME).read_text(encoding="utf-8")
    assert page.text(folder, profile) == written, "`make readme` writes it anew"


@pytest.mark.parametrize("profile", PUBLISHED)
def test_every_published_figure_is_on_it(profile):
    folder = paths.published(profile)
    text = (folder / page.NAME).read_text(encoding="utf-8")
    assert all(f"]({path.relative_to(folder).as_posix()})" in text for path in folder.glob("f*/*.png"))


def test_a_run_of_nothing_has_a_page_without_chart_scores_or_figures(tmp_path):
    text = page.write(tmp_path, "fer2013").read_text(encoding="utf-8")
    assert text.startswith("# Results of `fer2013`\n")
    assert "##" in text
    assert all(word not in text for word in ("![", "## Scores", "details", "drawn"))


def test_that_faces_are_drawn_is_said(tmp_path):
    assert page.text(tmp_path, "sample").startswith("# Results of `sample`, on drawn faces\n")


def test_a_notebook_s_question_stands_once_and_each_run_of_it_with_its_finding(tmp_path):
    said = new_output("display_data", {"text/markdown": "**It is so.**\n\nAnd so."})
    cells = [new_markdown_cell("# 50 · Is it so?"), new_markdown_cell("## Finding"), new_code_cell(outputs=[said])]
    (tmp_path / "executed").mkdir()
    for node in ("50_evaluation-all-happy", "50_evaluation-enm-happy"):
        nbformat.write(new_notebook(cells=cells), tmp_path / "executed" / f"{node}.ipynb")
    text = page.text(tmp_path, "fer2013")
    assert text.count("### [50 · Is it so?](../../../notebooks/50_evaluation.ipynb)") == 1
    for node in ("50_evaluation-all-happy", "50_evaluation-enm-happy"):
        assert f"- [`{node}`](executed/{node}.ipynb): **It is so.**\n\n  And so.\n" in text
