"""The graph of `conf/pipeline.yaml`: its nodes, and what each needs."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from mien.engine import paths, profiles, yaml_lines

PARTS = {"needs": list, "opens": list, "parameters": dict}
"""What a node may say, and as what."""


@dataclass(frozen=True)
class Node:
    """A notebook with parameters.

    Attributes:
        name: begins with the notebook's.
        parameters: over what the profile says.
        needs: names of the nodes before it.
        opens: files and folders, from the repository's root, that decide what it gives; they may be missing.
        line: of `conf/pipeline.yaml`.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def notebook(self) -> str:
        """The notebook's name, without `.ipynb`."""
        return self.name.split("-")[0]


class GraphError(ValueError):
    """The graph cannot be run; the message says why, with file and line."""


def section(name: str, kind: type = dict) -> Any:
    """What `conf/pipeline.yaml` says under a name.

    Raises:
        GraphError: it is not YAML, or says nothing of that kind under that name.
    """
    return _section(name, kind)[0]


def _section(name: str, kind: type = dict) -> tuple[Any, yaml_lines.Places]:
    content, lines = yaml_lines.read(paths.of_clone("conf/pipeline.yaml"), GraphError)
    if not isinstance(content, dict) or not isinstance(content.get(name), kind):
        raise GraphError(f"conf/pipeline.yaml has no `{name}:` with a {kind.__name__} below it")
    return content[name], yaml_lines.Places({way[1:]: line for way, line in lines.items() if way[:1] == (name,)})


def load() -> dict[str, Node]:
    """All nodes by name, each behind those that it needs.

    Raises:
        GraphError: a node is there twice, is not written as one, has no notebook, writes what another one writes, or
            needs one that is not there, or itself.
        ParameterError: a notebook has no such parameter, or wants another type of value.
    """
    nodes: dict[str, Node] = {}
    (says, lines), (values, where) = _section("nodes"), _section("values")
    for name, choices in values.items():
        if not (isinstance(choices, list) and choices):
            raise _error(where[name,], f"{name} wants a list of values; found {choices!r}")
    for name in says:
        for node in _spelled_out(name, says[name], values, lines[name,]):
            if node.name in nodes:
                raise _error(node.line, f"{node.name} is there already, from line {nodes[node.name].line}")
            nodes[node.name] = node
    for node in nodes.values():
        _check(node, nodes)
    check_outputs(nodes, {})
    _check_lists(nodes)
    try:
        return {name: nodes[name] for name in TopologicalSorter({n: nodes[n].needs for n in nodes}).static_order()}
    except CycleError as error:
        circle = error.args[1]
        raise _error(nodes[circle[0]].line, f"a circle: {' is needed by '.join(circle)}") from None


def _check(node: Node, nodes: Mapping[str, Node]) -> None:
    notebook = _notebook(node)
    if not notebook.exists():
        raise _error(node.line, f"{node.name} names no notebook: there is no notebooks/{notebook.name}")
    profiles.check(notebook, node.parameters, f"conf/pipeline.yaml, line {node.line}")
    for need in node.needs:
        if need not in nodes:
            raise _error(node.line, f"{node.name} needs {need}, which is not there")


def _check_lists(nodes: Mapping[str, Node]) -> None:
    """Refuse a list of nodes, of a group, a profile or a search, that names one which is not there."""
    content, lines = yaml_lines.read(paths.of_clone("conf/pipeline.yaml"), GraphError)
    for way, line in lines.items():
        if way[:1] in ((), ("values",), ("nodes",)) or way in (("profiles",), ("tune",)):
            continue
        names = content[way[0]] if len(way) == 1 else content[way[0]][way[1]]
        if not isinstance(names, list):
            raise _error(line, f"{way[-1]} wants a list of nodes; found {names!r}")
        for name in names:
            if name not in nodes:
                raise _error(line, f"{way[-1]} names {name}, which is not there")


def check_outputs(nodes: Mapping[str, Node], profile: Mapping[str, Any]) -> None:
    """Refuse two nodes of the same notebook whose parameters, all told, are the same: they write the same files.

    Args:
        nodes: by name.
        profile: what it says, see `profiles.configured`.

    Raises:
        GraphError: names both, and their lines.
    """
    seen: dict[str, list[tuple[Node, dict]]] = {}
    for node in sorted(nodes.values(), key=lambda node: node.line):
        values = {**profiles.defaults(_notebook(node)), **profile.get(node.notebook, {}), **node.parameters}
        for other, its in seen.setdefault(node.notebook, []):
            if its == values:
                raise _error(node.line, f"{node.name} writes the same files as {other.name} of line {other.line}")
        seen[node.notebook].append((node, values))


def configured(nodes: Mapping[str, Node], profile: str) -> dict[str, Any]:
    """As `profiles.configured`; refused is also what a profile says in vain, since every node of a notebook says it.

    Raises:
        ParameterError: names the parameter and its line.
    """
    found, where = profiles.located(profile)
    for notebook, name in (way for way in where if len(way) == 2):
        own = [node.parameters for node in nodes.values() if node.notebook == notebook]
        if own and all(name in parameters for parameters in own):
            raise profiles.ParameterError(
                f"{where[notebook, name]}: every node of {notebook} in conf/pipeline.yaml says its own {name}, over "
                "what a profile says"
            )
    return found


def _notebook(node: Node) -> Path:
    return paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb"


def _error(line: int, what: str) -> GraphError:
    return GraphError(f"conf/pipeline.yaml, line {line}: {what}")


def _spelled_out(name: str, says: Any, values: Mapping[str, list], line: int) -> Iterator[Node]:
    """A node for each value of the placeholders in a name."""
    if not isinstance(says, dict):
        raise _error(line, f"{name} wants {{{', '.join(PARTS)}}}, any of them or none; found {says!r}")
    for part, content in says.items():
        if not isinstance(content, PARTS.get(part, ())):
            wanted = (
                f"its {part} as a {PARTS[part].__name__}" if part in PARTS else f"no {part!r}, but {', '.join(PARTS)}"
            )
            raise _error(line, f"{name} wants {wanted}; found {content!r}")
    holders = re.findall(r"{(\w*)}", name)
    for holder in holders:
        if holder not in values:
            raise _error(line, f"{name}: there are no values of {{{holder}}}, but of {', '.join(values)}")
    for chosen in itertools.product(*(values[holder] for holder in holders)):
        given = dict(zip(holders, chosen, strict=True))
        needs, opens = (tuple(_filled(text, given, line) for text in says.get(key, ())) for key in ("needs", "opens"))
        yield Node(name.format(**given), _targeted(name, says) | given, needs, opens, line)


def _filled(text: Any, given: Mapping[str, Any], line: int) -> str:
    try:
        return str(text).format(**given)
    except (LookupError, ValueError):
        known = ", ".join(f"{{{holder}}}" for holder in given) or "none"
        raise _error(line, f"{text!r} has a placeholder that the node's name has not, which has {known}") from None


def _targeted(name: str, says: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a node, its target among them where its name ends in one."""
    target = {"target": name.rpartition("-")[2]} if re.search(r"-(emotion\d|keypoints15)$", name) else {}
    return target | says.get("parameters", {})


def last(profile: str) -> list[str]:
    """Names of the nodes that end the pipeline of a profile: its own list, or those that its data set allows."""
    if profile in (own := section("profiles")):
        return own[profile]
    groups = ["pipeline"]
    if profiles.dataset(profile).name == "fer2013":
        groups += ["keypoints"] if profiles.synthetic(profile) else ["keypoints", "real"]
    names = [name for group in groups for name in section(group, list)]
    return names + _without_a_source() if "real" in groups else names


def _without_a_source() -> list[str]:
    """Nodes of networks that leave a source of keypoints out, where `groups.csv` beside these names it and others."""
    file = paths.raw() / "keypoints" / "groups.csv"
    if not file.exists():
        return []
    with file.open(encoding="utf-8", errors="replace") as rows:
        sources = {row.get("source") for row in csv.DictReader(rows)}
    return [name for name in section("left_out", list) if {name.rpartition("_")[2]} < sources]


def published(profile: str) -> list[str]:
    """Names of the nodes that a run to be published has: `last`, and of FER2013 those of further seeds."""
    real = profiles.dataset(profile).name == "fer2013" and not profiles.synthetic(profile)
    return [*last(profile), *(section("seeds", list) if real else [])]


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
