"""The public functions of `mien` as pages of a book, a room each; griffe2md reads docstrings, and runs no code."""

import re

from griffe import GriffeLoader, Module, Parser
from griffe2md import ConfigDict, render_object_docs

from mien.engine import paths

DOCSTRINGS = {"warnings": False, "returns_multiple_items": False, "returns_named_value": False}
"""How griffe reads them: what is returned may take several lines, and has no name."""

PAGES = ConfigDict(heading_level=1, line_length=110, show_if_no_docstring=False, show_signature_annotations=True)
"""How griffe2md writes them."""


def pages() -> dict[str, str]:
    """The rooms in order of their names, each with its modules, as a page in Markdown."""
    loader = GriffeLoader(
        search_paths=[paths.REPOSITORY / "src"], docstring_parser=Parser.google, docstring_options=DOCSTRINGS
    )
    rooms = (module for module in loader.load("mien").modules.values() if module.is_subpackage)
    return {room.name: _page(room) for room in sorted(rooms, key=lambda room: room.name)}


def _page(room: Module) -> str:
    """A room's page; of its links stay those to its own headings, for types come from everywhere."""
    text = render_object_docs(room, PAGES)
    text = re.sub(r"<code>(.*?)</code>", lambda code: f"`{_unlinked(code[1])}`".replace("\\", ""), text)
    headings = set(re.findall(r"^#+ `(.*)`$", text, re.MULTILINE))
    return re.sub(r"\[([^\]]*)\]\(#([^)]*)\)", lambda link: link[0 if link[2] in headings else 1], text)


def _unlinked(text: str) -> str:
    return re.sub(r"\[(.*?)\]\(#.*?\)", r"\1", text)
