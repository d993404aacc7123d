"""What a parameter may be: its default says the type, and its comment, in words for people, the values.

A number is finite and not below 0, a whole one below 2**32; 0 and "" are taken only where they are the default, or
the comment says what they mean, as in `0: all`. "at most 1" and "below 1" bound it. A comment that begins with a quoted
word names all words that there are, up to a colon or a semicolon; of what "ships", these are the models. Of a list it
holds for each item.
"""

import ast
import math
import re
from typing import Any, NamedTuple

from mien.engine import paths

MOST = 2**32
"""No whole number is as large: Keras' generators take seeds of 32 bits."""

_BOUND = re.compile(r"(at most|below) (\d+(?:\.\d+)?)")
_NOTHING = re.compile(r'(?<![\d.])0(?![\d.])|""')

_SHIPS = " that ships"


class Parameter(NamedTuple):
    """A parameter of a notebook, or an option of a data set.

    Attributes:
        default: as it is written.
        comment: without the type.
    """

    default: str
    comment: str = ""


def declared(source: str) -> dict[str, Parameter]:
    """The parameters of a cell of `name = default  # type: comment` lines."""
    lines = [line for line in ast.parse(source).body if isinstance(line, ast.Assign)]
    return {line.targets[0].id: Parameter(ast.unparse(line.value), _comment(source, line)) for line in lines}


def _comment(source: str, line: ast.Assign) -> str:
    rest = source.splitlines()[line.end_lineno - 1].encode()[line.end_col_offset :].decode()
    return rest.partition("#")[2].partition(":")[2].strip()


def options(function: ast.FunctionDef) -> dict[str, Parameter]:
    """The arguments of a function that have a default; their comments are those of its docstring."""
    names, defaults = function.args.args, function.args.defaults  # the last names have them
    says = dict(re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", ast.get_docstring(function) or "", re.MULTILINE))
    pairs = zip(names[len(names) - len(defaults) :], defaults, strict=True)
    return {name.arg: Parameter(ast.unparse(default), says.get(name.arg, "")) for name, default in pairs}


def pattern(person: str) -> re.Pattern:
    """The regular expression whose first group says in a path who a picture shows.

    Raises:
        ValueError: it is none, or has no group.
    """
    try:
        compiled = re.compile(person)
    except re.error as error:
        raise ValueError(f"person: {person!r} is no regular expression ({error})") from None
    if not compiled.groups:
        raise ValueError(f"person: {person!r} has no group, expected one such as (P[0-9]+)")
    return compiled


def wanted(parameter: Parameter, value: Any) -> str | None:
    """What a parameter wants in place of a value, in words; None where that will do."""
    default = ast.literal_eval(parameter.default)
    if not isinstance(default, list) or not isinstance(value, list):
        return _wanted(parameter.comment, default, value)
    faults = (_wanted(parameter.comment, default[0], item) for item in value)
    return next((f"its items {fault}" for fault in faults if fault), None) if value else "with something in it"


def _wanted(comment: str, default: Any, value: Any) -> str | None:
    kind = type(default)
    if type(value) is not kind and (kind, type(value)) != (float, int):
        return f"as {kind.__name__}{': YAML reads 1e-3 as text, and 1.0e-3 as a number' if kind is float else ''}"
    empty = not default or bool(_NOTHING.search(comment))
    if (empty and not value) or kind in (bool, list):
        return None
    return _word(comment, value) if kind is str else _number(comment, value, empty)


def _word(comment: str, value: str) -> str | None:
    if (words := _words(comment)) and value not in words:
        return f"as one of {', '.join(words)}"
    return None if value else "as a word"


def _words(comment: str) -> list[str]:
    """All that there are; none where the comment does not say."""
    if comment.startswith('"'):
        return re.findall(r'"(\w+)"', re.split("[;:]", comment)[0])
    return (
        sorted(folder.parent.name for folder in paths.pretrained().glob("[!.]*/model.json"))
        if _SHIPS in comment
        else []
    )


def _number(comment: str, value: float, zero: bool) -> str | None:
    if not 0 < value < math.inf:
        return f"as a number {'not below' if zero else 'above'} 0"
    if isinstance(value, int) and value >= MOST:
        return f"as a number below {MOST:,}"
    for how, bound in _BOUND.findall(comment):
        if value > float(bound) or (how, value) == ("below", float(bound)):
            return f"as a number {how} {bound}"
    return None
