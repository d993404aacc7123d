"""Executed notebooks as chapters of a book: the question with its answer on top, code and logs folded, figures open."""

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from mien.plots.graph import STAGES

LINES = 6
"""Text that is printed beyond them, such as the log of epochs, is folded."""

UNREADABLE = "unreadable"
"""Says of a notebook that it stands for a file that is none."""

NO_NOTEBOOK = "its file is no whole notebook"
"""What is wrong with such a file."""

FIGURE = re.compile(r"!\[[^\]]*\]\(\.\./((?:figures|faces)/[^)]+)\)")
"""A figure of the report to which a published notebook refers, from the report's folder on."""


@dataclass(frozen=True)
class Chapter:
    """An executed notebook, as the front page speaks of it.

    Attributes:
        name: of the node.
        question: the notebook's heading, its number first.
        finding: its answer, in Markdown; nothing where it has failed.
        failed: the error that has ended it; nothing where it ran through.
        commit: by which it was run, in short, with a word if there were changes; nothing where it is not known.
        seconds: it took.
        ended: when, in ISO 8601.
        notebook: the chapter itself, whose pictures are files beside it.
        pictures: their names and contents.
    """

    name: str
    question: str
    finding: str
    failed: str
    commit: str
    seconds: float
    ended: str
    notebook: NotebookNode = field(repr=False)
    pictures: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def figures(self) -> list[str]:
        """The figures of the report to which it refers, from the report's folder on."""
        outputs = (output for cell in self.notebook.cells for output in cell.get("outputs", ()))
        said = "".join(output.get("data", {}).get("text/markdown", "") for output in outputs)
        return FIGURE.findall(said)

    @property
    def stage(self) -> str:
        """In words; of notebooks that the graph does not place, such as searches, "Beside the pipeline"."""
        digit = self.name[0]
        placed = digit.isdecimal() and int(digit) < len(STAGES)
        return STAGES[int(digit)].capitalize() if placed else "Beside the pipeline"

    @property
    def short(self) -> str:
        """The notebook, for the table of contents: `40 train all`."""
        return self.name.partition("-")[0].replace("_", " ")

    @property
    def variant(self) -> str:
        """What tells it from the other runs of its notebook: `emotion7` of `40_train_all-emotion7`."""
        return self.name.partition("-")[2].replace("-", ", ")

    @property
    def title(self) -> str:
        """The question, and of which run."""
        return f"{self.question} ({self.variant})" if self.variant else self.question


def read(executed: Path) -> Chapter:
    """Read an executed notebook, whole or as far as it came (`<node>.failed.ipynb`)."""
    notebook = _opened(executed)
    ran, by = notebook.metadata.get("papermill", {}), notebook.metadata.get("mien", {})
    failed = executed.stem.endswith(".failed") or UNREADABLE in notebook.metadata
    chapter = Chapter(
        name=executed.stem.removesuffix(".failed"),
        question=_question(notebook),
        finding="" if failed else _finding(notebook),
        failed=_error(notebook) if failed else "",
        commit=(by.get("commit") or "")[:7] + (" with uncommitted changes" if by.get("dirty") else ""),
        seconds=ran.get("duration") or 0.0,
        ended=(ran.get("end_time") or "")[:19],
        notebook=notebook,
    )
    _shape(chapter)
    _say_which_figures_lack(chapter, executed.parent.parent)
    return chapter


def text(chapter: Chapter) -> str:
    """The chapter as a notebook for MyST-NB; what only a machine reads, such as keys, is left out."""
    had = chapter.notebook.metadata
    kept = {name: had[name] for name in ("kernelspec", "language_info") if name in had}
    return json.dumps({**chapter.notebook, "metadata": kept}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _opened(executed: Path) -> NotebookNode:
    """A notebook without papermill's notes of a failure; of a file that is none, such as half of one, a heading."""
    try:
        notebook = nbformat.read(executed, as_version=4)
    except (ValueError, TypeError, AttributeError, KeyError, nbformat.ValidationError):
        heading = new_markdown_cell(f"# {executed.name} cannot be read", id="what")
        return new_notebook(cells=[heading], metadata={UNREADABLE: True})
    notebook.cells = [cell for cell in notebook.cells if not _says_that_it_failed(cell)]
    return notebook


def _says_that_it_failed(cell: NotebookNode) -> bool:
    """Whether papermill has put it in, above the heading and above the cell that failed."""
    return "papermill-error-cell-tag" in cell.metadata.get("tags", ())


def _question(notebook: NotebookNode) -> str:
    lines = (line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), "A notebook without a heading")


def _finding(notebook: NotebookNode) -> str:
    """What stands in Markdown below the heading `## Finding`."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = ([section] + re.findall(r"^## (.*)", cell.source, re.MULTILINE))[-1]
        for output in cell.get("outputs", ()):
            if section == "Finding" and (said := output.get("data", {}).get("text/markdown")):
                return said
    return ""


def _error(notebook: NotebookNode) -> str:
    if UNREADABLE in notebook.metadata:
        return NO_NOTEBOOK
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    errors = [f"{output.ename}: {output.evalue}".splitlines()[0] for output in outputs if output.output_type == "error"]
    return errors[0] if errors else "it was ended before its last cell"


def _shape(chapter: Chapter) -> None:
    """Put the answer below the question, and fold what is no figure, no table and no finding."""
    cells, said = chapter.notebook.cells, chapter.question
    if cells and cells[0].cell_type == "markdown":
        cells[0].source = cells[0].source.replace(f"# {chapter.question}", f"# {chapter.title}", 1)
    for cell in cells:
        if cell.cell_type == "markdown":
            said = _sentence(cell.source) or said
        elif cell.cell_type == "code":
            cell.outputs = [_shown(chapter, output, said) for output in cell.outputs if not _is_path(output)]
            cell.metadata = _folded(cell)
    cells.insert(1, new_markdown_cell(_answer(chapter), id="answer"))


def _shown(chapter: Chapter, output: NotebookNode, said: str) -> NotebookNode:
    """An output as a page can show it: no LaTeX, HTML only of tables, and pictures as files with words for them."""
    data = output.get("data", {})
    html = data.get("text/html", "")
    if "<table" not in html or "xr-wrap" in html:
        data.pop("text/html", None)
    data.pop("text/latex", None)
    if "image/png" in data:
        name = f"{chapter.name}-{len(chapter.pictures) + 1}.png"
        chapter.pictures[name] = base64.b64decode(data["image/png"])
        output.data = {"text/markdown": f"![](../pictures/{name})"}
    if output.get("data", {}).get("text/markdown", "").startswith("![]("):
        words = re.sub(r"[\[\]]", "", said)
        output.data["text/markdown"] = output.data["text/markdown"].replace("![](", f"![{words}](", 1)
    return output


def _say_which_figures_lack(chapter: Chapter, folder: Path) -> None:
    """Put words in the place of figures that are not in the report's folder."""
    for output in (output for cell in chapter.notebook.cells for output in cell.get("outputs", ())):
        if said := output.get("data", {}).get("text/markdown"):
            output.data["text/markdown"] = FIGURE.sub(
                lambda found: found[0] if (folder / found[1]).exists() else f"*`{found[1]}` is lacking.*", said
            )


def _is_path(output: NotebookNode) -> bool:
    """Whether it only says where on some machine a file was written."""
    return re.match(r"(Posix|Windows)Path\(", output.get("data", {}).get("text/plain", "")) is not None


def _folded(cell: NotebookNode) -> dict[str, Any]:
    """The metadata by which MyST-NB folds a cell: its code, or all of it where it prints a log; not one that failed."""
    if any(output.output_type == "error" for output in cell.outputs):
        return {}
    kind, words = ("cell", "code and output") if _is_log(cell.outputs) else ("input", "code")
    prompts = {"code_prompt_show": f"Show {words}", "code_prompt_hide": f"Hide {words}"}
    return {"tags": [f"hide-{kind}"], "mystnb": prompts}


def _answer(chapter: Chapter) -> str:
    if chapter.failed:
        said = f"**This notebook failed**: `{chapter.failed}`. What it printed stands below the cell that failed."
        return f":::{{error}}\n{said}\n:::"
    return f":::{{admonition}} Answer\n:class: tip\n{chapter.finding or 'It has stored no finding.'}\n:::"


def _sentence(prose: str) -> str:
    """The first sentence of a cell's prose, which says what the next cell shows; its headings are left out."""
    words = " ".join(line for line in prose.splitlines() if not line.startswith("#"))
    return re.split(r"(?<=[.?!:]) ", re.sub(r"[*`]", "", words).strip())[0].rstrip(":")


def _is_log(outputs: list[NotebookNode]) -> bool:
    """Whether outputs are text alone, and it tells of epochs or is more than a few lines."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    shown = any(set(output.get("data", ())) - {"text/plain"} or output.output_type == "error" for output in outputs)
    printed = "\n".join(texts)
    return not shown and (printed.count("\n") >= LINES or " - loss: " in printed)
