"""Git's filter of notebooks: takes out what opening or running one writes into it, so that only edits are changes.

`make` names it to git on first use: `git config filter.notebook.clean ".venv/bin/python -m mien.engine.notebooks"`.
It needs nothing but Python's own library, since git waits for it, and puts the kernel right, which nbstripout can only
delete.
"""

import json
import subprocess
import sys
from pathlib import Path

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""What every notebook says of its kernel, whichever Python or editor it was opened with."""

KEPT = ("tags",)
"""What may stand in a cell's metadata; times, folds and scrolling may not."""


def stripped(text: str) -> str:
    """A notebook without outputs, counts and what editors and kernels note of themselves, as Jupyter would write it.

    Raises:
        ValueError: the text is no notebook.
    """
    notebook = json.loads(text)
    if not isinstance(notebook, dict) or "cells" not in notebook:
        raise ValueError("no notebook of format 4")
    cells = [_stripped(cell) for cell in notebook["cells"]]
    notebook = {**notebook, "cells": cells, "metadata": METADATA}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _stripped(cell: dict) -> dict:
    lines = "".join(cell["source"]).splitlines(keepends=True)
    cell = {
        **cell,
        "source": lines,
        "metadata": {key: cell["metadata"][key] for key in cell["metadata"] if key in KEPT},
    }
    return {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell


def settle(model: dict, os_path: str, **_) -> None:
    """After a save in JupyterLab, whose hook this is: let git see that a notebook has new outputs and nothing else.

    `git status` takes a file of another size for changed without asking the filter, until `git add` has asked it.
    """
    file = Path(os_path)
    git = ["git", "-C", str(file.parent)]
    try:
        if model["type"] == "notebook" and not subprocess.run([*git, "diff", "--quiet", "--", file.name]).returncode:
            subprocess.run([*git, "add", "--update", "--", file.name])
    except OSError:  # no git: then there is nobody to tell
        pass


def main() -> None:
    """Strip what comes in to what goes out."""
    try:
        sys.stdout.buffer.write(stripped(sys.stdin.buffer.read().decode()).encode())
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"mien: a notebook cannot be stripped: {error}")


if __name__ == "__main__":
    main()
