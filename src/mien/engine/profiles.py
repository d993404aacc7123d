"""Profiles: a data set, the parameters that notebooks declare, and what a file in `conf/` says instead."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mien.engine import paths, yaml_lines

NOTEBOOKS = paths.REPOSITORY / "notebooks"

SOURCES = paths.REPOSITORY / "src" / "mien" / "sources"
"""Each module in it with a function `read(path, ...)` is a data set."""

DATASET = "fer2013"
"""Of a profile that names none."""

BUILT_IN = ("sample", "smoke")
"""The profiles whose faces are drawn, and nobody's."""


class ParameterError(ValueError):
    """A parameter, notebook or profile that does not exist, or a value of the wrong type."""


@dataclass(frozen=True)
class Dataset:
    """The data set of a profile.

    Attributes:
        name: of a module in `SOURCES`.
        path: where it lies, from the folder of raw data; its name where the profile does not say.
        options: what else its `read` is given.
    """

    name: str
    path: Path
    options: Mapping[str, Any] = field(default_factory=dict)


def synthetic(profile: str) -> bool:
    """Whether the faces of a profile are drawn: it is built in, or its raw data are those of one that is."""
    return profile in BUILT_IN or (paths.raw() / paths.DRAWN).exists()


def declared(notebook: Path) -> dict[str, str]:
    """The parameters that a notebook declares in its cell tagged `parameters`: name -> default, as it is written."""
    return _declared(notebook.read_text(encoding="utf-8"))


@cache
def _declared(text: str) -> dict[str, str]:
    cells = json.loads(text)["cells"]
    source = next(("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ())), "")
    lines = [line for line in ast.parse(source).body if isinstance(line, ast.Assign)]
    return {line.targets[0].id: ast.get_source_segment(source, line.value) for line in lines}


def check(notebook: Path, values: dict[str, Any], said_in: str) -> None:
    """Refuse parameters that a notebook does not declare, and values of another type than their defaults.

    Raises:
        ParameterError: with the unknown names and those there are, or with the value and what was expected.
    """
    _check(notebook.stem, declared(notebook), values, said_in)


def defaults(notebook: Path) -> dict[str, Any]:
    """The parameters that a notebook declares: name -> default."""
    return {name: ast.literal_eval(default) for name, default in declared(notebook).items()}


def _check(what: str, known: Mapping[str, str], values: Mapping[str, Any], said_in: str) -> None:
    """Compare values with `known`: name -> default, as it is written."""
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ParameterError(
            f"{said_in}: {what} has no parameter {', '.join(map(str, unknown))}; it has {', '.join(sorted(known))}"
        )
    for name, value in values.items():
        wanted = type(ast.literal_eval(known[name]))
        if type(value) is not wanted and (wanted, type(value)) != (float, int):
            hint = ": YAML reads 1e-3 as text, and 1.0e-3 as a number" if wanted is float else ""
            raise ParameterError(
                f"{said_in}: {what} wants {name} as {wanted.__name__}, e.g. {known[name]}; found the "
                f"{type(value).__name__} {value!r}{hint}"
            )


def configured(profile: str) -> dict[str, Any]:
    """What a profile says: notebook -> parameter -> value, and perhaps `dataset`, every name checked.

    Raises:
        ParameterError: the file is not a table of notebooks and parameters that exist; names the line.
    """
    return located(profile)[0]


def located(profile: str) -> tuple[dict[str, Any], dict[tuple[str, ...], str]]:
    """What a profile says, and where: notebook, or notebook and parameter -> file and line.

    Raises:
        ParameterError: see `configured`.
    """
    table, where = _table(profile)
    dataset(profile)
    for name, values in table.items():
        if name == "dataset":
            continue
        notebook = NOTEBOOKS / f"{name}.ipynb"
        if not notebook.exists():
            raise ParameterError(f"{where[name,]}: there is no notebook {name}")
        if not isinstance(values, dict):
            raise ParameterError(f"{where[name,]}: {name} wants `parameter: value` lines, found {values!r}")
        for parameter, value in values.items():
            check(notebook, {parameter: value}, where.get((name, str(parameter)), where[name,]))
        if "profile" in values:
            raise ParameterError(f"{where[name,]}: the profile of {name} is this one: leave it out")
    return table, where


def dataset(profile: str) -> Dataset:
    """The data set of a profile: `dataset: <name>`, or `dataset: {name: …, path: …, <option>: …}`; FER2013 by default.

    Raises:
        ParameterError: there is no such data set, or its `read` has no such option; names the line.
    """
    table, where = _table(profile)
    says = table.get("dataset", DATASET)
    says = dict(says) if isinstance(says, dict) else {"name": says}
    name, line, known = says.pop("name", None), where.get(("dataset",), profile), _readers()
    if not isinstance(name, str) or name not in known:
        raise ParameterError(f"{line}: there is no data set {name!r}: expected one of {', '.join(known)}")
    path = says.pop("path", name)
    if not isinstance(path, str):
        raise ParameterError(f"{line}: the path of {name} is {path!r}, expected a folder or a file")
    _check(f"the data set {name}", known[name], says, line)
    return Dataset(name, Path(path).expanduser(), says)


def _readers() -> dict[str, dict[str, str]]:
    """Data set -> the options of its `read` with their defaults, as they are written; nothing is imported."""
    found = {}
    for file in sorted(SOURCES.glob("*.py")):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef) and function.name == "read":
                names, defaults = function.args.args, function.args.defaults  # the last names have them
                last = names[len(names) - len(defaults) :]
                found[file.stem] = {name.arg: ast.unparse(d) for name, d in zip(last, defaults, strict=True)}
    return found


def _table(profile: str) -> tuple[dict[str, Any], dict[tuple[str, ...], str]]:
    """What the file of a profile says, and where: the way to a key -> file and line.

    Raises:
        ParameterError: it is not a table, or a key is there twice.
    """
    file = paths.configuration(profile)
    table, lines = yaml_lines.read(file, ParameterError)
    if not isinstance(table or {}, dict):
        raise ParameterError(f"conf/{file.name}, line 1: expected `dataset` and notebook names, found {table!r}")
    where = {way: f"conf/{file.name}, line {line}" for way, line in lines.items()}
    return {str(name): values for name, values in (table or {}).items()}, where


def resolved(notebook: str, profile: str) -> dict[str, Any]:
    """All parameters of a notebook as a profile runs it: its own defaults, and over them what the profile says.

    Args:
        notebook: its name, e.g. `45_train_mesh_gnn`.
        profile: name of a file in `conf/`.

    Raises:
        ParameterError: see `configured`.
    """
    return {**defaults(NOTEBOOKS / f"{notebook}.ipynb"), **configured(profile).get(notebook, {}), "profile": profile}
