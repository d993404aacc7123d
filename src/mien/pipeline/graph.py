"""The graph of `conf/pipeline.yaml`: its nodes, and the key of each, which says whether what was run still holds.

A key is the hash of all that decides what a node gives: its notebook, its parameters, the keys of what it needs, the
files that it opens beside the data, and the code of every module of Mien that it imports, directly or through others.
Comments, docstrings and layout do not count, nor do figures (`mien.plots`). So a change of time stamps runs nothing.
"""

import ast
import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from mien import paths, profiles

UNSEEN = "mien.plots"
"""The package whose code is in no key: what it draws changes no result."""


@dataclass(frozen=True)
class Node:
    """A notebook with parameters.

    Attributes:
        name: begins with the notebook's.
        parameters: over what the profile says.
        needs: names of the nodes before it.
        opens: files and folders, from the repository's root, that decide what it gives; they may be missing.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()

    @property
    def notebook(self) -> str:
        """The notebook's name, without `.ipynb`."""
        return self.name.split("-")[0]


def described() -> dict[str, Any]:
    """What `conf/pipeline.yaml` says."""
    return yaml.safe_load((paths.REPOSITORY / "conf" / "pipeline.yaml").read_text(encoding="utf-8"))


def load() -> dict[str, Node]:
    """All nodes by name, each behind those that it needs.

    Raises:
        ValueError: a node needs one that is not there, or itself.
    """
    content = described()
    found = [n for name, says in content["nodes"].items() for n in _spelled_out(name, says, content["values"])]
    nodes = {node.name: node for node in found}
    for node in found:
        if missing := [name for name in node.needs if name not in nodes]:
            raise ValueError(f"conf/pipeline.yaml: {node.name} needs {missing[0]}, which is not there")
    order = TopologicalSorter({name: node.needs for name, node in nodes.items()}).static_order()
    return {name: nodes[name] for name in order}


def _spelled_out(name: str, says: Mapping[str, Any], values: Mapping[str, list]) -> Iterator[Node]:
    """A node for each value of the placeholders in a name."""
    holders = re.findall(r"{(\w+)}", name)
    for chosen in itertools.product(*(values[holder] for holder in holders)):
        given = dict(zip(holders, chosen, strict=True))
        needs, opens = (tuple(n.format(**given) for n in says.get(key, ())) for key in ("needs", "opens"))
        yield Node(name.format(**given), _targeted(name, says) | given, needs, opens)


def _targeted(name: str, says: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a node, its target among them where its name ends in one."""
    target = {"target": name.rpartition("-")[2]} if re.search(r"-(emotion\d|keypoints15)$", name) else {}
    return target | says.get("parameters", {})


def last(profile: str) -> list[str]:
    """Names of the nodes that end the pipeline of a profile: its own list, or `pipeline`, and `real` of real faces."""
    content = described()
    return content.get(profile) or content["pipeline"] + ([] if profile in profiles.BUILT_IN else content["real"])


def upstream(nodes: Mapping[str, Node], names: Iterable[str]) -> dict[str, Node]:
    """Some nodes and all before them, in order.

    Raises:
        ValueError: there is no such node.
    """
    wanted, found = [*names], set()
    while wanted:
        name = wanted.pop()
        if name not in nodes:
            raise ValueError(f"no node {name!r} in conf/pipeline.yaml")
        if name not in found:
            found.add(name)
            wanted += nodes[name].needs
    return {name: node for name, node in nodes.items() if name in found}


def keys(nodes: Mapping[str, Node], profile: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The key of every node.

    Args:
        nodes: in order.
        profile: notebook -> parameter -> value, see `profiles.configured`.
    """
    found: dict[str, str] = {}
    for name, node in nodes.items():
        values = {**profile.get(node.notebook, {}), **node.parameters}
        notebook = paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb"
        shipped = [
            f"models/pretrained/{name}" for name in _texts(_source(notebook)) | {*map(str, values.values())} if name
        ]
        parts = {
            "notebook": _cells(notebook),
            "values": values,
            "needs": [found[need] for need in node.needs],
            "opens": {path: _content(paths.REPOSITORY / path) for path in sorted({*node.opens, *shipped})},
            "code": {module: _code(_text(file)) for module, file in sorted(modules(notebook).items())},
        }
        found[name] = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return found


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


def modules(notebook: Path) -> dict[str, Path]:
    """The modules of Mien that a notebook imports, directly or through others: name -> file."""
    wanted, found = [*_named(_source(notebook))], {}
    while wanted:
        name = wanted.pop()
        if name not in found and not name.startswith(UNSEEN):
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
    """The texts in a notebook's code that may be the name of a model that ships."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {text for text in constants if isinstance(text, str) and re.fullmatch(r"[\w-]+", text)}


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
