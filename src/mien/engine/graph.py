"""The graph of `conf/pipeline.yaml`: its nodes, and what each needs."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import yaml

from mien.engine import paths, profiles


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


class GraphError(ValueError):
    """The graph cannot be run; the message says why, with file and line."""


def described() -> dict[str, Any]:
    """What `conf/pipeline.yaml` says."""
    return yaml.safe_load(_text())


def _text() -> str:
    return (paths.REPOSITORY / "conf" / "pipeline.yaml").read_text(encoding="utf-8")


def load() -> dict[str, Node]:
    """All nodes by name, each behind those that it needs.

    Raises:
        GraphError: a node is there twice, has no notebook, writes what another one writes, or needs one that is not
            there, or itself.
    """
    content, line = described(), _lines()
    nodes, where = {}, {}
    for name, says in content["nodes"].items():
        for node in _spelled_out(name, says, content["values"]):
            if node.name in nodes:
                raise _error(line[name], f"{node.name} is there already, from line {where[node.name]}")
            nodes[node.name], where[node.name] = node, line[name]
    for node in nodes.values():
        _check(node, nodes, where)
    try:
        return {name: nodes[name] for name in TopologicalSorter({n: nodes[n].needs for n in nodes}).static_order()}
    except CycleError as error:
        circle = error.args[1]
        raise _error(where[circle[0]], f"a circle: {' is needed by '.join(circle)}") from None


def _check(node: Node, nodes: Mapping[str, Node], where: Mapping[str, int]) -> None:
    line = where[node.name]
    if not (paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb").exists():
        raise _error(line, f"{node.name} names no notebook: there is no notebooks/{node.notebook}.ipynb")
    for need in node.needs:
        if need not in nodes:
            raise _error(line, f"{node.name} needs {need}, which is not there")
    for other in nodes.values():  # what a notebook writes follows from its parameters
        if other.name < node.name and (other.notebook, other.parameters) == (node.notebook, node.parameters):
            raise _error(line, f"{node.name} writes the same files as {other.name} of line {where[other.name]}")


def _error(line: int, what: str) -> GraphError:
    return GraphError(f"conf/pipeline.yaml, line {line}: {what}")


def _lines() -> dict[str, int]:
    """Name of a node, as it is written -> its line.

    Raises:
        GraphError: a name is there twice, of which YAML would take the last.
    """
    (nodes,) = (value for key, value in yaml.compose(_text()).value if key.value == "nodes")
    found: dict[str, int] = {}
    for key, _ in nodes.value:
        line = key.start_mark.line + 1
        if key.value in found:
            raise _error(line, f"{key.value} is there already, from line {found[key.value]}")
        found[key.value] = line
    return found


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
    """Names of the nodes that end the pipeline of a profile: its own list, or those that its data set allows."""
    content = described()
    if profile in content:
        return content[profile]
    groups = ["pipeline"]
    if profiles.dataset(profile).name == "fer2013":
        groups += ["keypoints"] if profiles.synthetic(profile) else ["keypoints", "real"]
    return [name for group in groups for name in content[group]]


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
