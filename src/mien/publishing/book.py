"""The pages of a report: executed notebooks as HTML, and an index that opens from disk with no network."""

import json
from pathlib import Path

import nbformat
from jinja2 import Environment, PackageLoader
from nbconvert import HTMLExporter

from mien.engine import paths, profiles, store
from mien.publishing import dag

SYNTHETIC = (
    '<p style="position: fixed; right: 0; bottom: 0; margin: 0; padding: .2rem .6rem; background: #eee; color: #333">'
    "synthetic faces</p>"
)
"""The corner of a page of drawn faces."""


def write(folder: Path) -> Path:
    """Write `executed/*.html` and `index.html`.

    Args:
        folder: of one profile, with `executed/`, `figures/` and `metrics/`.

    Returns:
        The index.
    """
    notebooks = [_described(path) for path in sorted((folder / "executed").glob("*[0-9a-z].ipynb")) if _is_whole(path)]
    scores = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "metrics").glob("*.json"))]
    template = Environment(loader=PackageLoader("mien.publishing", "."), autoescape=True).get_template("report.html.j2")
    if is_run := folder.name in paths.profiles():
        dag.write(folder.name, folder / "dag.png")
    text = template.render(
        profile=folder.name, synthetic=profiles.synthetic(folder.name), notebooks=notebooks, scores=scores,
        figures=_figures(folder), is_run=is_run,
    )  # fmt: skip
    index = folder / "index.html"
    with store.aside(index) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return index


def _is_whole(path: Path) -> bool:
    return not path.stem.endswith(".failed")


def page(executed: Path, notebook: nbformat.NotebookNode) -> Path:
    """Write an executed notebook as HTML, `<its name>.html` beside it; everything that it shows is inside the page."""
    exporter = HTMLExporter(embed_images=True, mathjax_url="", require_js_url="", jquery_url="")
    body, _ = exporter.from_notebook_node(notebook)
    if profiles.synthetic(executed.parent.parent.name):  # beside whatever part of the page is read
        body = body.replace("</body>", f"{SYNTHETIC}</body>")
    written = executed.with_suffix(".html")
    with store.aside(written) as temporary:
        temporary.write_text(body, encoding="utf-8")
    return written


def _described(path: Path) -> dict:
    notebook = nbformat.read(path, as_version=4)
    if not path.with_suffix(".html").exists():
        page(path, notebook)
    ran = notebook.metadata.papermill
    return {
        "name": path.stem,
        "question": notebook.cells[0].source.splitlines()[0].lstrip("# "),
        "href": f"executed/{path.stem}.html",
        "seconds": ran.duration,
        "parameters": ran.parameters,
    }


def _figures(folder: Path) -> dict[str, list[dict]]:
    """Figures by notebook: those of `figures/`, and those of `faces/`, which show people and stay here."""
    by_notebook: dict[str, list[dict]] = {}
    for path in sorted([*folder.glob("figures/*.png"), *folder.glob("faces/*.png")], key=lambda p: p.name):
        notebook, _, name = path.stem.partition("-")
        figure = {"href": path.relative_to(folder).as_posix(), "name": name.replace("-", " ").replace("_", " ")}
        by_notebook.setdefault(notebook, []).append(figure)
    return by_notebook
