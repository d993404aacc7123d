"""A run as a book: its executed notebooks and a front page, built by MyST-NB; it opens from disk, with no network."""

import copy
import importlib.util
import shutil
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from mien.engine import graph, store
from mien.publishing import chapters, front
from mien.publishing.chapters import Chapter

STATIC = Path(__file__).parent / "static"

TEMPLATES = Path(__file__).parent / "templates"
"""In place of the theme's: its sidebar makes the whole tree anew for every page, half the time of a build."""

MATHJAX = ("tex-chtml.js", "output/chtml/fonts/woff-v2")
"""What a page with formulas loads of MathJax."""

CONFIGURATION = {
    "project": "Mien",
    "author": "",
    "copyright": "",
    "extensions": ["myst_nb"],
    "exclude_patterns": ["static"],
    "myst_enable_extensions": ["colon_fence", "deflist", "dollarmath"],
    "myst_heading_anchors": 6,
    "myst_heading_slug_func": "builtins.str",  # a function's full name is its anchor
    "suppress_warnings": ["myst.header"],  # a notebook's headings may skip a level
    "mathjax_path": "mathjax/tex-chtml.js",
    "nb_execution_mode": "off",
    "nb_merge_streams": True,
    "nb_ipywidgets_js": {},  # they would come from elsewhere
    "html_theme": "sphinx_book_theme",
    "templates_path": [str(TEMPLATES)],
    "html_sidebars": {"**": ["navbar-logo.html", "search-button-field.html", "contents.html"]},
    "html_css_files": ["book.css"],
    "html_copy_source": False,
    "html_show_search_summary": False,  # it would be fetched, which browsers refuse a page that opens from disk
    "html_theme_options": {
        "use_download_button": False,
        "use_fullscreen_button": False,
        "navbar_persistent": [],  # the search is in the sidebar
        "show_toc_level": 2,
    },
}
"""Of Sphinx."""


def write(folder: Path) -> Path:
    """Build `book/` of the executed notebooks; what has not changed is not read again.

    A published run's is the project's own: it has the public functions of `mien` too.

    Args:
        folder: of one profile, a run's or a published one's, with `executed/`, `figures/` and `metrics/`.

    Returns:
        The front page.
    """
    source, book, report = folder / ".book", folder / "book", front.Report(folder, _chapters(folder))
    wanted = {"index.md": front.page(report)}
    wanted |= {f"notebooks/{chapter.name}.ipynb": chapters.text(chapter) for chapter in report.chapters}
    wanted |= {f"models/{name}.md": card for name, card in report.cards.items()}
    wanted |= {f"api/{room}.md": text for room, text in report.rooms.items()}
    if any(page.relative_to(source).as_posix() not in wanted for page in _pages(source)):
        for built in (source, book):  # with what is gone
            store.remove(built)
    for name, text in wanted.items():
        _write(source / name, text.encode())
    _lay_beside(report, source)
    _build(source, book, report)
    return book / "index.html"


def _pages(source: Path) -> list[Path]:
    return [*source.rglob("*.md"), *source.rglob("*.ipynb")]


def _chapters(folder: Path) -> list[Chapter]:
    """In the order of stages, and in each as the graph has them; of a node that failed, what has failed."""
    files = sorted((folder / "executed").glob("*.ipynb"))
    failed = {file.name.replace(".failed.", ".") for file in files if file.stem.endswith(".failed")}
    order = {name: place for place, name in enumerate(graph.load())}
    found = [chapters.read(file) for file in files if file.name not in failed]
    return sorted(found, key=lambda chapter: (chapter.name[:2], order.get(chapter.name, len(order)), chapter.name))


def _write(file: Path, content: bytes) -> None:
    """Write what is not so already: a page that keeps its time is not read again."""
    if not file.exists() or file.read_bytes() != content:
        with store.aside(file) as temporary:
            temporary.write_bytes(content)


def _lay_beside(report: front.Report, source: Path) -> None:
    """Lay pictures, the figures to which published notebooks refer, the style and MathJax beside the pages."""
    for name, content in front.drawings(report).items():
        _write(source / name, content)
    for name, content in ((name, content) for chapter in report.chapters for name, content in chapter.pictures.items()):
        _write(source / "pictures" / name, content)
    for picture in {name for chapter in report.chapters for name in chapter.figures}:
        _write(source / picture, (report.folder / picture).read_bytes())
    for file in (file for file in STATIC.rglob("*") if file.is_file()):  # without their modes: a clone may be read-only
        _write(source / "static" / file.relative_to(STATIC), file.read_bytes())
    _lay_mathjax(source / "static" / "mathjax")


def _lay_mathjax(into: Path) -> None:
    """Copy what pages load of MathJax, a tenth of it, once."""
    carried = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    for name in MATHJAX:
        if not (into / name).exists():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (carried / name).is_dir() else shutil.copy2)(carried / name, into / name)


def _build(source: Path, book: Path, report: front.Report) -> None:
    settings = copy.deepcopy(CONFIGURATION) | {
        "html_static_path": [str(source / "static")],
        "html_title": f"Mien: {report.profile}",
        "html_context": {"default_mode": "auto", "contents": front.contents(report)},
    }
    if report.synthetic:  # on every page, since pages are read one by one
        settings["html_theme_options"]["announcement"] = (
            "Synthetic faces: drawn from a statistical model, and nobody's."
        )
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            source, None, book, source / ".doctrees", "html", settings, status=None, warning=sys.stderr,
        )  # fmt: skip
        app.connect("doctree-read", _thumbnails)
        app.build()
    store.remove(book.parent / "jupyter_execute")  # MyST-NB's copies of the notebooks
    for template in (book / "_static").glob("*webpack-macros.html"):  # the theme's own, and no pages
        template.unlink()


def _thumbnails(app: Sphinx, document: nodes.document) -> None:
    """Give every picture a width: Sphinx then makes it a link to itself, and the style a thumbnail."""
    for image in document.findall(nodes.image):
        image["width"] = "100%"
