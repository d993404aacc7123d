"""The book of a run opens from disk, says what was found and what is lacking, and is read by everybody."""

import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mien.engine import paths
from mien.publishing import book, chapters, claims, front

LONG = "notebooks/50_evaluation-blendshape_svm-emotion7.html"

pages = pytest.mark.parametrize("name", ["index.html", "notebooks/00_sources.html", LONG, "models/small-emotion7.html"])
sizes = pytest.mark.parametrize("width", [390, 1280])
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="module")
def folder(run) -> Path:
    """The folder of the built book."""
    return book.write(run).parent


@pytest.fixture(scope="module")
def chromium():
    """Debian's browser; tests that need it are skipped where there is none."""
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    if not (path := next(filter(None, found), None)):
        pytest.skip("no chromium here: `apt install chromium`")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here: `uv pip install --group dev`")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, folder):
    """Opens a page at a width and in a scheme; what it complains of and whom it asks is a failure."""
    wrong, contexts = [], []

    def open_page(name: str, width: int = 1280, scheme: str = "light"):
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(120_000)  # milliseconds: beside other tests a page takes its time
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
        page.on("request", lambda request: wrong.append(request.url) if urlsplit(request.url).netloc else None)
        page.goto(f"{folder.as_uri()}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def variants(seeded) -> Path:
    """The front page of a run that scored a model from three seeds."""
    return book.write(seeded)


class Links(HTMLParser):
    """What a page links to and loads, and its anchors."""

    def __init__(self, file: Path):
        super().__init__()
        self.to, self.anchors = [], set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        self.to += [has[name] for name in ("href", "src") if has.get(name)]
        self.anchors.add(has.get("id"))


def text(file: Path) -> str:
    """What a page says, in one line."""
    article = file.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
    apart = re.sub(r"<(p|dd|dt|li|br|td)\b", r" <\1", article)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", apart)).split())


def test_every_link_and_picture_resolves_and_none_leaves_the_book(folder):
    files = [*folder.rglob("*.html")]
    assert len(files) >= 4
    anchors = {file: Links(file).anchors for file in files}
    for file in files:
        for link in map(urlsplit, Links(file).to):
            if link.scheme == "data" or (link.scheme, link.netloc) == ("https", "www.cs.tau.ac.il"):  # of a card
                continue
            assert not link.netloc, f"{file} leads to {link.geturl()}"
            target = (file.parent / unquote(link.path)).resolve() if link.path else file
            assert target.exists(), f"{file} leads to {link.geturl()}"
            assert not link.fragment or target not in anchors or link.fragment in anchors[target], link.geturl()


def test_the_front_page_gives_questions_with_their_answers_results_and_where_they_are_from(folder):
    said = text(folder / "index.html")
    assert "00 · What is asked? 70.1% of faces are right (95 % interval 68.6% to 71.6%), which is xylophonic." in said
    assert said.index("(small)") < said.index("(blendshape_svm)")  # the best first
    assert "0.700 (0.650–0.750)" in said
    assert "2026-01-02, 03:04:05 UTC" in said
    assert "Linux, x86_64, 2 cores, 23.5 GiB, Python 3.11.7" in said
    assert "synthetic" in said


def test_every_page_of_drawn_faces_says_that_they_are(folder):
    pages = [*folder.glob("index.html"), *folder.glob("notebooks/*.html")]
    assert all("Synthetic faces: drawn" in file.read_text() for file in pages)


def test_its_findings_are_what_the_metrics_support_with_intervals(folder, run):
    found = text(folder / "index.html").partition("What was found")[2].partition("Results")[0]
    assert "70.0% (65.0%–75.0%) of 100 test faces are right by the best model (network, small)" in found
    assert "50.0% (45.0%–55.0%) are right without a single pixel" in found
    for claim in filter(None, claims.listed(run).splitlines()):
        assert re.sub(r"^- |[*`]", "", claim).replace("'", "’") in found


def test_runs_of_a_notebook_stand_folded_below_the_one_that_answers(variants):
    said = variants.read_text(encoding="utf-8").rpartition(">Questions and answers<")[2].partition("</article>")[0]
    assert said.count("What is asked?") == 1
    before, _, within = said.partition("<details><summary>2 more runs</summary>")
    assert "70.0% are right" in before  # of the model that the results name, not of the seed that comes first
    assert re.findall(r"\d+.0% are right", within.partition("</details>")[0]) == ["60.0% are right", "80.0% are right"]


def test_a_model_is_named_as_people_know_it_and_leads_to_what_scored_it(variants):
    said = text(variants)
    assert "Network, small: 70.0% are right." in said
    assert "small on emotion7:" not in said
    row = variants.read_text(encoding="utf-8").partition("<table")[2].partition("</table>")[0]
    assert 'href="notebooks/50_evaluation-small-emotion7.html"' in row


def test_seeds_are_summed_up_in_a_row_of_the_results(variants):
    table = text(variants).partition("Seven expressions")[2]
    assert "(small) 0.700 (0.650–0.750)" in table
    assert "0.700 ± 0.100" in table  # of 0.6, 0.7 and 0.8
    assert "small_seed" not in table.partition("Questions")[0]


def test_the_sidebar_has_the_runs_of_a_notebook_within_it_open_where_one_is_read(variants):
    closed, opened = (
        file.read_text(encoding="utf-8").partition('aria-label="Main"')[2].partition("</nav>")[0]
        for file in (variants, variants.parent / "notebooks" / "50_evaluation-small_seed1-emotion7.html")
    )
    assert "<details open>" not in closed
    assert opened.count("<details open>") == 1
    inside = opened.partition("<details open>")[2].partition("</details>")[0]
    assert re.findall(r'">([^<]+)</a>', inside) == ["small, emotion7", "small_seed1, emotion7", "small_seed2, emotion7"]
    assert 'aria-current="page">small_seed1, emotion7' in inside


def test_every_entry_of_the_sidebar_has_words(executed, tmp_path):
    for name in ("58_keypoints", "58_keypoints-without_ytf"):
        executed(tmp_path / "smoke", name)
    report = front.Report(tmp_path / "smoke", [chapters.read(path) for path in (tmp_path / "smoke").glob("*/*.ipynb")])
    ((_, notebook, runs),) = front.contents(report)[0]["entries"]
    assert (notebook, sorted(words for _, words, _ in runs)) == ("58 keypoints", ["by default", "without_ytf"])


def test_a_run_that_lacks_notebooks_mixes_commits_or_failed_says_so_first(folder, lacking):
    warned = text(folder / "index.html").partition("How much of an expression")[0]
    assert f"{len(lacking)} of the profile’s notebooks have not been run" in warned
    assert f"Which? {', '.join(sorted(lacking))}" in warned
    assert "Several commits made this book" in warned
    assert "bbbbbbb: 50_evaluation-blendshape_svm-emotion7" in warned
    assert "1 of the notebooks failed" in warned


def test_a_notebook_that_failed_appears_with_its_error_and_papermills_note_does_not(folder):
    said = text(folder / "notebooks" / "40_train_all-happy.html")
    assert "This notebook failed: ValueError: batch_size is 0." in said
    assert "ValueError: it" in said
    assert "An Exception" not in said


def test_half_a_notebook_is_named_and_the_others_are_there(run, tmp_path, capfd):
    copy = shutil.copytree(run, tmp_path / "smoke", ignore=shutil.ignore_patterns("book", ".book"))
    file = copy / "executed" / "41_train_enm-happy.ipynb"
    file.write_text(file.read_text()[:1000])
    said = text(book.write(copy))
    assert "2 of the notebooks failed" in said
    assert "41_train_enm-happy.ipynb cannot be read (happy): its file is no whole notebook" in said
    assert "00 · What is asked? 70.1% of faces are right" in said
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", b'{"nbformat": 4}', b"\xff\xfe", b'{"nbformat": 4, "cells": 1}']
)
def test_what_is_no_notebook_is_named_and_made_by_no_commit(executed, tmp_path, content):
    executed(tmp_path / "smoke", "00_sources")
    file = tmp_path / "smoke" / "executed" / "57_eye_state.ipynb"
    file.write_bytes(content)
    report = front.Report(tmp_path / "smoke", [chapters.read(path) for path in sorted(file.parent.glob("*.ipynb"))])
    assert [chapter.failed for chapter in report.chapters] == ["", chapters.NO_NOTEBOOK]
    assert [*report.by_commit] == ["aaaaaaa"]


def test_a_notebook_of_a_name_without_a_stage_stands_beside_the_pipeline(executed, tmp_path):
    assert chapters.read(executed(tmp_path, "notes")).stage == "Beside the pipeline"


def test_a_figure_that_lacks_is_named_in_its_place(executed, arc, tmp_path):
    cells = arc("", "![](../figures/curves.png)")
    lacking = chapters.read(executed(tmp_path / "smoke", "00_sources", cells))
    assert lacking.figures == []
    assert "`figures/curves.png` is lacking" in chapters.text(lacking)
    (tmp_path / "smoke" / "figures").mkdir()
    (tmp_path / "smoke" / "figures" / "curves.png").touch()
    assert chapters.read(tmp_path / "smoke" / "executed" / "00_sources.ipynb").figures == ["figures/curves.png"]


def test_a_second_build_reads_no_notebook_again_and_keeps_none_that_is_gone(run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "smoke", ignore=shutil.ignore_patterns("book", ".book"))
    pages, read = book.write(copy).parent / "notebooks", copy / ".book" / ".doctrees" / "notebooks"
    before = (read / "00_sources.doctree").stat().st_mtime_ns
    book.write(copy)
    assert (read / "00_sources.doctree").stat().st_mtime_ns == before
    (copy / "executed" / "41_train_enm-happy.ipynb").unlink()
    book.write(copy)
    assert sorted(file.stem for file in pages.iterdir()) == [
        "00_sources", "40_train_all-happy", "50_evaluation-blendshape_svm-emotion7",
    ]  # fmt: skip


def test_a_book_is_built_without_a_warning_even_of_a_published_run_of_nothing(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(paths, "published", lambda profile: tmp_path / profile)
    index = book.write(tmp_path / "smoke")
    assert "No model has been scored yet" in text(index)
    assert capfd.readouterr().err == ""
    assert 'href="api/features.html"' in index.read_text(encoding="utf-8")
    assert "separation(blendshape: np.ndarray, emotion: np.ndarray) -> pd.DataFrame" in text(
        index.parent / "api" / "features.html"
    )


@pages
@sizes
@schemes
def test_a_page_fits_asks_nobody_and_has_no_serious_fault_of_access(opened, name, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(name, width, scheme)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)") == []
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    found = axe.Axe().run(page, options={"preload": False}).response["violations"]  # it would fetch the styles again
    assert [fault["help"] for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_code_and_logs_are_folded_a_click_away_and_figures_and_findings_open(opened):
    page = opened("notebooks/00_sources.html")
    code = page.get_by_text("fit()", exact=False).first
    assert not code.is_visible()
    assert not page.get_by_text("Epoch 9/9").first.is_visible()
    page.locator("summary", has_text="Show code and output").first.click()
    assert code.is_visible()
    assert page.get_by_text("Epoch 9/9").first.is_visible()
    assert page.locator("td", has_text="train").is_visible()
    assert page.get_by_text("xylophonic").count() == 2  # on top, and where it was found
    assert page.get_by_text("/home/me").count() == 0


def test_a_figure_is_a_thumbnail_with_words_that_opens(opened):
    page = opened("notebooks/00_sources.html")
    figure = page.get_by_alt_text("The curves part here.")
    assert figure.is_visible()
    assert figure.bounding_box()["width"] <= 480
    figure.click()
    page.wait_for_url("**/_images/*.png")


def test_search_finds_a_word(opened):
    page = opened("search.html?q=xylophonic")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.href)")
    assert any("notebooks/00_sources.html" in link for link in found)


def test_the_theme_switches_and_pages_lead_to_the_next_and_the_previous(opened):
    page = opened("notebooks/00_sources.html")
    for theme in ("dark", "light"):
        page.locator("button.theme-switch-button:visible").click()
        page.locator(f"button.theme-change-button[data-mode={theme}]:visible").click()
        assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.locator("a.right-next").click()
    assert page.url.endswith("notebooks/40_train_all-happy.html")
    page.locator("a.left-prev").click()
    assert page.url.endswith("notebooks/00_sources.html")


def test_formulas_are_set_by_a_mathjax_of_the_book(opened):
    page = opened("notebooks/00_sources.html")
    page.wait_for_selector("mjx-container")
