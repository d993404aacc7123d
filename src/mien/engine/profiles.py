"""Profiles: a data set, the parameters that notebooks declare, and what a file in `conf/` says instead."""

import ast
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mien.engine import parameters, paths, yaml_lines
from mien.engine.parameters import Parameter

NOTEBOOKS = paths.REPOSITORY / "notebooks"

SOURCES = paths.REPOSITORY / "src" / "mien" / "sources"
"""Each module in it with a function `read(path, ...)` is a data set."""

DATASET = "fer2013"
"""Of a profile that names none."""

BUILT_IN = ("sample", "smoke")
"""The profiles whose faces are drawn, and nobody's."""


class ParameterError(ValueError):
    """A parameter, notebook or profile that does not exist, or a value that a parameter does not take."""


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


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters that a notebook declares in its cell tagged `parameters`."""
    return _declared(notebook.read_text(encoding="utf-8"))


@cache
def _declared(text: str) -> dict[str, Parameter]:
    cells = json.loads(text)["cells"]
    source = next(("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ())), "")
    return parameters.declared(source)


def check(notebook: Path, given: Mapping[str, Any], said_in: str) -> None:
    """Refuse parameters that a notebook does not declare, and values that they do not take, see `parameters`.

    Raises:
        ParameterError: with the unknown names and those there are, or with the value and what was expected.
    """
    _check(notebook.stem, declared(notebook), given, said_in)


def defaults(notebook: Path) -> dict[str, Any]:
    """The parameters that a notebook declares: name -> default."""
    return {name: ast.literal_eval(parameter.default) for name, parameter in declared(notebook).items()}


def _check(what: str, known: Mapping[str, Parameter], given: Mapping[str, Any], said_in: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise ParameterError(
            f"{said_in}: {what} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )
    for name, value in given.items():
        if wanted := parameters.wanted(known[name], value):
            raise ParameterError(
                f"{said_in}: {what} wants {name} {wanted}, e.g. {known[name].default}; found the "
                f"{type(value).__name__} {value!r}"
            )


def configured(profile: str) -> dict[str, Any]:
    """What a profile says: notebook -> parameter -> value, and perhaps `dataset`, every name checked.

    Raises:
        ParameterError: the file is not a table of notebooks and parameters that exist; names the line.
    """
    return located(profile)[0]


def located(profile: str) -> tuple[dict[str, Any], yaml_lines.Places]:
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
            check(notebook, {parameter: value}, where[name, parameter])
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
    name, line, known = says.pop("name", None), where["dataset",], _readers()
    if not isinstance(name, str) or name not in known:
        raise ParameterError(f"{line}: there is no data set {name!r}: expected one of {', '.join(known)}")
    path = says.pop("path", name)
    if not isinstance(path, str) or not path:
        raise ParameterError(f"{line}: the path of {name} is {path!r}, expected a folder or a file")
    _check(f"the data set {name}", known[name], says, line)
    _check_texts(says, line)
    return Dataset(name, Path(os.path.expanduser(path)), says)  # Path's own fails where there is no such user


def _check_texts(options: Mapping[str, Any], line: str) -> None:
    """Refuse options that are texts of a form of their own, and not in it."""
    try:
        if options.get("person"):
            parameters.pattern(options["person"])
        if options.get("code_map"):
            from mien.vocabulary import labels  # here, since it takes NumPy

            labels.code_map(options["code_map"])
    except ValueError as error:
        raise ParameterError(f"{line}: {error}") from None


def _readers() -> dict[str, dict[str, Parameter]]:
    """Data set -> the options of its `read`; nothing is imported."""
    found = {}
    for file in sorted(SOURCES.glob("*.py")):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef) and function.name == "read":
                found[file.stem] = parameters.options(function)
    return found


def _table(profile: str) -> tuple[dict[str, Any], yaml_lines.Places]:
    """What the file of a profile says, and where: the way to a key -> file and line.

    Raises:
        ParameterError: it is not a table, or a key is there twice.
    """
    file = paths.configuration(profile)
    table, lines = yaml_lines.read(file, ParameterError)
    if not isinstance(table or {}, dict):
        raise ParameterError(f"conf/{file.name}, line 1: expected `dataset` and notebook names, found {table!r}")
    return table or {}, yaml_lines.Places({way: f"conf/{file.name}, line {line}" for way, line in lines.items()})


def resolved(notebook: str, profile: str) -> dict[str, Any]:
    """All parameters of a notebook as a profile runs it: its own defaults, and over them what the profile says.

    Args:
        notebook: its name, e.g. `45_train_mesh_gnn`.
        profile: name of a file in `conf/`.

    Raises:
        ParameterError: see `configured`.
    """
    says = configured(profile).get(notebook, {})
    return {**defaults(NOTEBOOKS / f"{notebook}.ipynb"), **says, "profile": profile}
