"""Says where code is no Python, for people: keys are made of code that is read, and not run."""

import ast
import json
from collections.abc import Iterator
from contextlib import contextmanager

from mien.engine import paths


class NoPython(ValueError):
    """A module or a notebook cannot be read as Python; the message says which, and where."""


@contextmanager
def named() -> Iterator[None]:
    """Say of a syntax error which file has it.

    Raises:
        NoPython: instead of SyntaxError.
    """
    try:
        yield
    except SyntaxError as error:
        raise NoPython(next(_errors(), str(error))) from None


def _errors() -> Iterator[str]:
    """Where modules and notebooks are no Python: file, line, and what is wrong."""
    for where, source in _sources():
        try:
            ast.parse(source)
        except SyntaxError as error:
            yield f"{where}, line {error.lineno}: {error.msg}: {(error.text or '').strip()}"


def _sources() -> Iterator[tuple[str, str]]:
    for file in sorted((paths.REPOSITORY / "src").rglob("*.py")):
        yield file.relative_to(paths.REPOSITORY).as_posix(), file.read_text(encoding="utf-8")
    for file in sorted((paths.REPOSITORY / "notebooks").glob("*.ipynb")):
        for number, cell in enumerate(json.loads(file.read_text(encoding="utf-8"))["cells"], 1):
            if cell["cell_type"] == "code":
                yield f"notebooks/{file.name}, cell {number} (plain Python, without %magic)", "".join(cell["source"])
