"""Which files each node of the graph has written: `executed/<node>.files`, one a line, as provenance names them.

A notebook that is run by itself, as in JupyterLab, is no node's, and notes nothing.
"""

import os
from collections.abc import Container
from pathlib import Path

from mien.engine import paths

OWN = "MIEN_WRITTEN"
"""The variable by which the kernel of a node knows its list."""


class Taken(ValueError):
    """Another node has written the file; the message names both."""


def of(executed: Path) -> Path:
    """The list of the node whose executed notebook this is."""
    return executed.with_suffix(".files")


def claim(path: Path) -> Path:
    """Note that the node at hand writes a file, which is one node's alone; gives its path back.

    Raises:
        Taken: another node of the graph has written it.
    """
    if OWN not in os.environ:
        return path
    own, name = Path(os.environ[OWN]), paths.named(path)
    for other in sorted(own.parent.glob("*.files")):
        if other != own and name in _names(other):
            raise Taken(
                f"{own.stem} would write {name}, which {other.stem} has written: give it other parameters, or take one "
                "of them out of conf/pipeline.yaml"
            )
    with own.open("a", encoding="utf-8") as file:
        file.write(f"{name}\n")
    return path


def gone(executed: Path) -> list[str]:
    """The files that a node has written and that are no longer there: data and models before those of the report."""
    lost = [name for name in _names(of(executed)) if not (paths.home() / name).exists()]
    return sorted(lost, key=lambda name: name.startswith("reports/"))


def forget(folder: Path, keep: Container[str]) -> None:
    """Remove the lists of nodes that are to be run, or that are no longer in the graph.

    Args:
        folder: of executed notebooks.
        keep: names of the nodes whose lists stay.
    """
    for file in folder.glob("*.files"):
        if file.stem not in keep:
            file.unlink()


def _names(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
