"""Profiles: the parameters that notebooks declare, and what a file in `conf/` says instead."""

import ast
import json
from pathlib import Path
from typing import Any

import yaml

from mien.engine import paths

NOTEBOOKS = paths.REPOSITORY / "notebooks"

BUILT_IN = ("sample", "smoke")
"""The profiles whose faces are drawn, and nobody's."""


class ParameterError(ValueError):
    """A parameter, notebook or profile that does not exist, or a value of the wrong type."""


def declared(notebook: Path) -> dict[str, str]:
    """The parameters that a notebook declares in its cell tagged `parameters`: name -> default, as it is written."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    source = next(("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ())), "")
    lines = [line for line in ast.parse(source).body if isinstance(line, ast.Assign)]
    return {line.targets[0].id: ast.get_source_segment(source, line.value) for line in lines}


def check(notebook: Path, values: dict[str, Any], said_in: str) -> None:
    """Refuse parameters that a notebook does not declare, and values of another type than their defaults.

    Raises:
        ParameterError: with the unknown names and those there are, or with the value and what was expected.
    """
    known = declared(notebook)
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ParameterError(
            f"{said_in}: {notebook.stem} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )
    for name, value in values.items():
        wanted = type(ast.literal_eval(known[name]))
        if type(value) is not wanted and (wanted, type(value)) != (float, int):
            hint = ": YAML reads 1e-3 as text, and 1.0e-3 as a number" if wanted is float else ""
            raise ParameterError(
                f"{said_in}: {notebook.stem} wants {name} as {wanted.__name__}, e.g. {known[name]}; found the "
                f"{type(value).__name__} {value!r}{hint}"
            )


def configured(profile: str) -> dict[str, dict[str, Any]]:
    """What a profile overrides: notebook -> parameter -> value, every name checked.

    Raises:
        ParameterError: the file is not a table of notebooks and parameters that exist.
    """
    file = paths.configuration(profile)
    table = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    if not isinstance(table, dict):
        raise ParameterError(f"{file.name}: expected notebook names with their parameters, found {table!r}")
    for name, values in table.items():
        notebook = NOTEBOOKS / f"{name}.ipynb"
        if not notebook.exists():
            raise ParameterError(f"{file.name}: there is no notebook {name}")
        if not isinstance(values, dict):
            raise ParameterError(f"{file.name}: {name} wants `parameter: value` lines, found {values!r}")
        check(notebook, values, file.name)
    return table


def resolved(notebook: str, profile: str) -> dict[str, Any]:
    """All parameters of a notebook as a profile runs it: its own defaults, and over them what the profile says.

    Args:
        notebook: its name, e.g. `45_train_mesh_gnn`.
        profile: name of a file in `conf/`.

    Raises:
        ParameterError: see `configured`.
    """
    defaults = declared(NOTEBOOKS / f"{notebook}.ipynb")
    own = {name: ast.literal_eval(default) for name, default in defaults.items()}
    return {**own, **configured(profile).get(notebook, {}), "profile": profile}
