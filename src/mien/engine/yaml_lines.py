"""Files of YAML that people write: what they say, and on which line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Lines = dict[tuple[str, ...], int]
"""The way to a key, from the outermost on -> its line."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may have been built without libyaml


def read(file: Path, error: type[ValueError]) -> tuple[Any, Lines]:
    """What a file says, and the lines of its keys.

    Raises:
        error: it is not YAML, or a key is there twice, of which YAML would take the last; names file and line.
    """
    name, lines = f"conf/{file.name}", {}
    loader = _Loader(file.read_text(encoding="utf-8"))
    try:
        tree = loader.get_single_node()
        for key, line in _keys(tree):
            if key in lines:
                raise error(f"{name}, line {line}: {key[-1]} is there already, from line {lines[key]}")
            lines[key] = line
        return loader.construct_document(tree) if tree else None, lines
    except yaml.YAMLError as problem:
        raise error(f"{name} is not YAML: {' '.join(str(problem).split())}") from None
    finally:
        loader.dispose()


def _keys(tree: yaml.Node | None, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(tree, yaml.MappingNode):
        for key, value in tree.value:
            way = (*above, str(key.value))
            yield way, key.start_mark.line + 1
            yield from _keys(value, way)
