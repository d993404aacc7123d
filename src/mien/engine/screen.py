"""Where results are printed."""

from rich.console import Console

UNBROKEN = 100_000
"""Columns that a file or a pipe has: nobody looks for the end of a line there, and `grep` wants whole ones."""


def console() -> Console:
    """A console that prints texts as they are: `[bold]` and `:smile:` are a name's own, not rich's."""
    made = Console(markup=False, emoji=False, highlight=False)
    if not made.is_terminal:
        made.width = UNBROKEN
    return made
