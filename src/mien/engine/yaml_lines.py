"""What people write in YAML, in files and on the command line: what it says, and on which line."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


class Places(dict):
    """The way to a key, from the outermost on -> its line; of one that is merged in (`<<`), that of what has it."""

    def __missing__(self, way: tuple[str, ...]) -> Any:
        return self[way[:-1]]


_INT, _STR = "tag:yaml.org,2002:int", "tag:yaml.org,2002:str"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # PyYAML may have been built without libyaml
    """Keys as they are written, and whole numbers in decimals alone, as in YAML 1.2.

    By YAML 1.1, which PyYAML reads, the key yes is True, ~ is None, the number 010 is 8, and 1:30 is 90.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in pairs if tag != _INT]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        self.flatten_mapping(node)
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = _STR
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(_INT, re.compile(r"[-+]?(0|[1-9][0-9_]*)$"), [*"-+0123456789"])


def value(text: str, error: type[ValueError]) -> Any:
    """What a text on the command line says.

    Raises:
        error: it is not YAML.
    """
    try:
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:  # ValueError: of a date, the 32nd
        raise error(f"{text!r} is not YAML: {' '.join(str(problem).split())}") from None


def read(file: Path, error: type[ValueError]) -> tuple[Any, Places]:
    """What a file says, and the lines of its keys.

    Raises:
        error: it is not YAML in UTF-8, or a key is there twice, of which YAML would take the last; names file and line.
    """
    name, lines = f"conf/{file.name}", Places({(): 1})
    try:
        loader = _Loader(file.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, yaml.reader.ReaderError) as problem:
        raise error(f"{name} is not text in UTF-8: {' '.join(str(problem).split())}") from None
    try:
        tree = loader.get_single_node()
        for key, line in _keys(tree):
            if key in lines:
                raise error(f"{name}, line {line}: {key[-1]} is there already, from line {lines[key]}")
            lines[key] = line
        return loader.construct_document(tree) if tree else None, lines
    except error:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise error(f"{name} is not YAML: {' '.join(str(problem).split())}") from None
    finally:
        loader.dispose()


def _keys(tree: yaml.Node | None, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(tree, yaml.MappingNode):
        for key, value in tree.value:
            way = (*above, str(key.value))
            yield way, key.start_mark.line + 1
            yield from _keys(value, way)
