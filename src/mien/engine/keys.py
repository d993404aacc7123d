"""The key of each node of the graph, which says whether what was run still holds.

A key is the hash of all that decides what a node gives: its notebook, its parameters, the keys of what it needs, the
files that it opens beside the data, and the code of every module of Mien that it imports, directly or through others,
with the files beside a module that it names. Comments, docstrings and layout do not count. So a change of time stamps
runs nothing.

Figures (`mien.plots`) decide no result. A change to them runs again the nodes that draw, and nothing that follows;
nodes that train leave what is worth a figure to those that evaluate.
"""

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from mien.engine import paths, provenance
from mien.engine.graph import Node

FIGURES = "mien.plots"
"""The package whose code changes no result."""

TRAINS = "4"
"""The stage whose nodes train: the first digit of their notebooks."""


def keys(nodes: Mapping[str, Node], profile: Mapping[str, Any], raw: str = "") -> dict[str, str]:
    """The key of every node.

    Args:
        nodes: in order.
        profile: what it says, see `profiles.configured`.
        raw: what stands for its raw data, see `profiles.raw`.
    """
    results: dict[str, str] = {}
    found: dict[str, str] = {}
    codes = cache(lambda notebook, *without: _codes(modules(notebook, *without)))  # many nodes share a notebook
    for name, node in nodes.items():
        notebook = paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb"
        values = {**profile.get(node.notebook, {}), **node.parameters}
        parts = {
            "notebook": _cells(notebook),
            "values": values,
            "dataset": [profile.get("dataset"), raw],
            "needs": [results[need] for need in node.needs],
            "opens": _opened(node, notebook, values),
            "code": codes(notebook, FIGURES),
        }
        results[name] = found[name] = _hash(parts)
        if not node.notebook.startswith(TRAINS):
            found[name] = _hash([results[name], codes(notebook)])
    return found


def kept(file: Path, nodes: Mapping[str, Node], profile: Mapping[str, Any], raw: str) -> dict[str, str]:
    """As `keys`, which takes a second; a file keeps them until anything changes that they are made of."""
    opened = {"models/pretrained", *(path for node in nodes.values() for path in node.opens)}
    content = {path: _content(paths.REPOSITORY / path) for path in opened}
    made_of = _hash([provenance.digest(), content, {name: asdict(nodes[name]) for name in nodes}, profile, raw])
    if file.exists() and (had := json.loads(_text(file)))["made_of"] == made_of:
        return had["keys"]
    found = keys(nodes, profile, raw)
    if file.parent.exists():
        from mien.engine import store  # here, since it takes a second, and what is kept needs none

        store.save_json({"made_of": made_of, "keys": found}, file)
    return found


def _hash(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _codes(files: Mapping[str, Path]) -> dict[str, str]:
    return {module: _code(_text(file)) + _beside(file) for module, file in sorted(files.items())}


def _beside(module: Path) -> str:
    """The content of the files beside a module that it names."""
    named = sorted(module.parent / name for name in _texts(_text(module)) if "." in name)
    return "".join(_content(path) for path in named if path.is_file())


def _opened(node: Node, notebook: Path, values: Mapping[str, Any]) -> dict[str, str | None]:
    """The files that a node opens, and the models that ship which it may: path -> content."""
    named = _texts(_source(notebook)) | {*map(str, values.values())}
    files = {*node.opens, *(f"models/pretrained/{name}" for name in named if name and "." not in name)}
    return {path: _content(paths.REPOSITORY / path) for path in sorted(files)}


def key_of(executed: Path) -> str | None:
    """The key that an executed notebook was run with; None where it was not run whole."""
    if not executed.exists():
        return None
    return json.loads(_text(executed))["metadata"].get("mien", {}).get("key")


def _cells(notebook: Path) -> list[str]:
    cells = json.loads(_text(notebook))["cells"]
    return ["".join(cell["source"]) for cell in cells]


def _content(path: Path) -> str | None:
    """The sha256 of a file; of a folder of models, of the files that say what they are; None where nothing is."""
    if path.is_dir():
        return " ".join(_content(file) for file in sorted(path.rglob("model.json")))
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


# ── the code that a notebook runs ───────────────────────────────────────────────────────────────────────────────────


def modules(notebook: Path, without: str = "-") -> dict[str, Path]:
    """The modules of Mien that a notebook imports, directly or through others: name -> file.

    Args:
        notebook: where it lies.
        without: leave out the modules of this package, and what only they import.
    """
    wanted, found = [*_named(_source(notebook))], {}
    while wanted:
        name = wanted.pop()
        if name not in found and not name.startswith(without):
            found[name] = _file(name)
            wanted += _named(_text(found[name]))
    return found


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _source(notebook: Path) -> str:
    """The code of all cells."""
    cells = json.loads(_text(notebook))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@cache
def _texts(source: str) -> set[str]:
    """The texts in code that may be the name of a model that ships, or of a file."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {text for text in constants if isinstance(text, str) and re.fullmatch(r"[\w.-]+", text)}


@cache
def _named(source: str) -> set[str]:
    """The modules of Mien that a source names in its imports, or in a text such as "mien.landmarks.…"."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            package = str(node.values[0].value).rstrip(".")  # import_module(f"mien.landmarks.{detector}")
            names |= (
                {f"{package}.{file.stem}" for file in _file(package).parent.glob("[!_]*.py")} if _is(package) else set()
            )
    return {name for name in names if _is(name)}


def _is(name: str) -> bool:
    return re.fullmatch(r"mien(\.\w+)*", name) is not None and _file(name).exists()


def _file(name: str) -> Path:
    """The file of a module or of a package."""
    path = paths.REPOSITORY / "src" / Path(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _code(source: str) -> str:
    """The hash of a module's code without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not (isinstance(line, ast.Expr) and _is_text(line.value))]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
