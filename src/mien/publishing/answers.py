"""What each notebook asks, and what it found in a run."""

from pathlib import Path

import nbformat

from mien.engine import paths, store

FOLDER = "findings"
"""Of a published run: one file a node, `<node>.md`, with the sentences that its notebook ends in."""


def save(executed: Path, folder: Path) -> None:
    """Write the findings of executed notebooks into `FOLDER` of a published run."""
    for path in sorted(executed.glob("*.ipynb")):
        if path.stem.endswith(".failed") or not (text := finding(path)):
            continue
        with store.aside(folder / FOLDER / f"{path.stem}.md") as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def finding(path: Path) -> str:
    """What an executed notebook says below `## Finding`, in Markdown; nothing where it has no such section."""
    said, inside = [], False
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            inside = cell.source.startswith("## Finding") or (inside and not cell.source.startswith("## "))
        elif inside and cell.cell_type == "code":
            said += [
                output.data["text/markdown"] for output in cell.outputs if "text/markdown" in output.get("data", {})
            ]
    return "\n\n".join(said)


def saved(folder: Path) -> dict[str, str]:
    """The findings of a published run by node."""
    return {path.stem: path.read_text(encoding="utf-8").strip() for path in sorted((folder / FOLDER).glob("*.md"))}


def question(notebook: str) -> str:
    """The question of a notebook of the repository, e.g. "Where does the network look?"; its name where it is gone."""
    path = paths.REPOSITORY / "notebooks" / f"{notebook}.ipynb"
    if not path.exists():
        return notebook
    title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
    return title.lstrip("# ").partition(" · ")[2] or notebook
