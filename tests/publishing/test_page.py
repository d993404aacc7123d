"""The page of a published run shows what is beside it, and is what its files say now."""

import pytest

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


def test_a_finding_leads_to_the_executed_notebook_where_that_is_published(tmp_path):
    for node in ("50_evaluation-all-happy", "50_evaluation-enm-happy"):
        (tmp_path / "findings").mkdir(exist_ok=True)
        (tmp_path / "findings" / f"{node}.md").write_text("**It is so.**\n")
    (tmp_path / "executed").mkdir()
    (tmp_path / "executed" / "50_evaluation-all-happy.ipynb").touch()
    text = page.text(tmp_path, "fer2013")
    assert "- [`50_evaluation-all-happy`](executed/50_evaluation-all-happy.ipynb): **It is so.**" in text
    assert "- `50_evaluation-enm-happy`: **It is so.**" in text
    assert text.count("### [50_evaluation]") == 1
