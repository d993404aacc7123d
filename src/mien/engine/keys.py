"""The key of each node of the graph, which says whether what was run still holds.

A key has a hash of each part that decides what a node gives: its notebook, its parameters, the keys of what it needs,
the files that it opens beside the data, and the code of every module of Mien that it imports, directly or through
others, with the files beside a module that it names. Comments, docstrings and layout do not count. So a change of time
stamps runs nothing. Of modules that are imported by a name which a parameter or the profile gives, such as a detector,
that one counts.

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

import yaml

from mien.engine import paths, profiles, provenance
from mien.engine.graph import Node

Key = dict[str, str]
"""What decides, in words such as "its notebook", "parameter epochs" or a file -> its hash."""

FIGURES = "mien.plots"
"""The package whose code changes no result."""

SAID = 3
"""So many parts of a key that have changed are named."""

TRAINS = "4"
"""The stage whose nodes train: the first digit of their notebooks."""


def keys(nodes: Mapping[str, Node], profile: Mapping[str, Any], raw: str = "") -> dict[str, Key]:
    """The key of every node.

    Args:
        nodes: in order.
        profile: what it says, see `profiles.configured`.
        raw: what stands for its raw data, see `raw_data.state`.
    """
    results: dict[str, str] = {}
    found: dict[str, Key] = {}
    code, choosing = cache(_code_of), cache(_choosing)  # many nodes share a notebook
    for name, node in nodes.items():
        notebook = paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb"
        values = {**profile.get(node.notebook, {}), **node.parameters}
        texts = _texts_of(notebook, values, profile)
        names = tuple((name, texts.get(name)) for name in choosing(notebook))
        result = {
            "its notebook": _hash(_cells(notebook)),
            "its data set": _hash(profile.get("dataset")),
            "its raw data": _hash(raw),
            **{f"parameter {parameter}": _hash(value) for parameter, value in values.items()},
            **{f"what {need} gives": results[need] for need in node.needs},
            **_opened(node, notebook, values),
        }
        results[name] = _hash(result | code(notebook, names, FIGURES))
        trains = node.notebook.startswith(TRAINS)
        found[name] = result | code(notebook, names, FIGURES if trains else None)
    return found


def kept(file: Path, nodes: Mapping[str, Node], profile: Mapping[str, Any], raw: str) -> dict[str, Key]:
    """As `keys`, which takes a second; a file keeps them until anything changes that they are made of."""
    content = {path: _content(paths.REPOSITORY / path) for node in nodes.values() for path in node.opens}
    made_of = _hash([provenance.digest(), content, {name: asdict(nodes[name]) for name in nodes}, profile, raw])
    if file.exists() and (had := json.loads(_text(file)))["made_of"] == made_of:
        return had["keys"]
    found = keys(nodes, profile, raw)
    if file.parent.exists():
        from mien.engine import store  # here, since it takes a second, and what is kept needs none

        store.save_json({"made_of": made_of, "keys": found}, file)
    return found


def changed(key: Key, had: Key) -> str:
    """Which parts of a key are others than they were, in words."""
    parts = sorted(part for part in {*key, *had} if key.get(part) != had.get(part))
    more = f" and {len(parts) - SAID} more" if len(parts) > SAID else ""
    return f"changed: {', '.join(parts[:SAID])}{more}"


def _hash(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _texts_of(notebook: Path, values: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[str, str]:
    """Parameter -> value, of those that are texts and so may be the name of a module; `dataset` among them."""
    dataset = profile.get("dataset", profiles.DATASET)
    given = {
        **profiles.defaults(notebook),
        **values,
        "dataset": dataset["name"] if isinstance(dataset, dict) else dataset,
    }
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _choosing(notebook: Path) -> list[str]:
    """The names by whose values a notebook, or what it imports, chooses a module."""
    sources = [_source(notebook), *map(_text, modules(notebook, {}).values())]
    return sorted({name for source in sources for _, name in _named(source)[1]})


def _code_of(notebook: Path, names: tuple[tuple[str, str | None], ...], without: str | None) -> Key:
    """The code that a notebook runs: file -> hash."""
    files = modules(notebook, dict(names), without).values()
    return {file.relative_to(paths.REPOSITORY).as_posix(): _hash([_code(_text(file)), _beside(file)]) for file in files}


def _beside(module: Path) -> list[Any]:
    """The content of the files beside a module that it names, and what conf/assets.yaml says of those of others."""
    named = sorted(name for name in _texts(_text(module)) if "." in name)
    assets = _table(_text(paths.REPOSITORY / "conf" / "assets.yaml"))
    beside = (module.parent / name for name in named)
    return [_content(path) for path in beside if path.is_file()] + [assets[name] for name in named if name in assets]


_table = cache(yaml.safe_load)


def _opened(node: Node, notebook: Path, values: Mapping[str, Any]) -> Key:
    """The files that a node opens, and the models that ship which it may: path -> hash."""
    named = _texts(_source(notebook)) | {value for value in values.values() if isinstance(value, str)}
    models = (f"models/pretrained/{name}" for name in named if name and "." not in name)
    files = {*node.opens, *(path for path in models if (paths.REPOSITORY / path).exists())}
    return {path: _hash(_content(paths.REPOSITORY / path)) for path in sorted(files)}


def key_of(executed: Path) -> Key | None:
    """The key that an executed notebook was run with; None where it was not run whole."""
    if not executed.exists():
        return None
    key = json.loads(_text(executed))["metadata"].get("mien", {}).get("key")
    return {} if isinstance(key, str) else key  # a text: of before keys had parts


def _cells(notebook: Path) -> list[str]:
    cells = json.loads(_text(notebook))["cells"]
    return ["".join(cell["source"]) for cell in cells]


def _content(path: Path) -> str | None:
    """The sha256 of a file; of a folder of models, of the files that say what they are; None where nothing is."""
    if path.is_dir():
        return " ".join(_content(file) for file in sorted(path.rglob("model.json")))
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


# ── the code that a notebook runs ───────────────────────────────────────────────────────────────────────────────────


def modules(notebook: Path, names: Mapping[str, str | None], without: str | None = None) -> dict[str, Path]:
    """The modules of Mien that a notebook imports, directly or through others: name -> file.

    Args:
        notebook: where it lies.
        names: parameter -> value, of those that may say which module is imported.
        without: leave out the modules of this package, and what only they import.
    """
    wanted, found = [*_imported(_source(notebook), names)], {}
    while wanted:
        name = wanted.pop()
        if name not in found and not (without and name.startswith(without)):
            found[name] = _file(name)
            wanted += _imported(_text(found[name]), names)
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


def _imported(source: str, names: Mapping[str, str | None]) -> set[str]:
    """The modules of Mien that a source names in its imports, or by such a text as f"mien.landmarks.{detector}"."""
    fixed, chosen = _named(source)
    return fixed.union(*(_choices(package, names.get(name)) for package, name in chosen))


@cache
def _named(source: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Modules that imports name, and (package, name) of those that a text takes from a package by a name."""
    fixed, chosen = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            fixed |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            fixed |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            first = next((part.id for part in ast.walk(node) if isinstance(part, ast.Name)), "")  # of `a.b`: a
            chosen.add((str(node.values[0].value).rstrip("."), first))
    return {name for name in fixed if _is(name)}, {(package, name) for package, name in chosen if _is(package)}


def _choices(package: str, name: str | None) -> set[str]:
    """The module of a package that a name says, or all, where it says none."""
    if name and _is(f"{package}.{name}"):
        return {f"{package}.{name}"}
    return {f"{package}.{file.stem}" for file in _file(package).parent.glob("[!_]*.py")}


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
