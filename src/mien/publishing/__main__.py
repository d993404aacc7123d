"""`python -m mien.publishing`: notebooks headless, into a report. The Makefile calls it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mien.engine import exits, syntax

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False, epilog=exits.CODES)

Profile = Annotated[str, typer.Option(help="A file in conf/.")]
Jobs = Annotated[int, typer.Option(min=0, help="Notebooks at once; 0: one a core.")]


@app.command()
def run(
    nodes: Annotated[
        list[str] | None,
        typer.Argument(
            help="Nodes of conf/pipeline.yaml; or pipeline (all that a report has), seeds, teachers, gains."
        ),
    ] = None,
    profile: Profile = "sample",
    jobs: Jobs = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Also what other code than this commit's has written figures or scores by.")
    ] = False,
) -> None:
    """Run what is stale of some nodes and of all before them, and write the report."""
    from mien.engine import steps

    _done(lambda: steps.run(nodes or ["pipeline"], profile, jobs or os.cpu_count() or 1, _book, again))


@app.command()
def tune(
    model: Annotated[str, typer.Argument(help="What to search settings of: a key of `tune` in conf/pipeline.yaml.")],
    parameters: Annotated[list[str] | None, typer.Argument(help="name=value, of notebook 90_tune.")] = None,
    profile: Profile = "sample",
    jobs: Jobs = 0,
) -> None:
    """Search settings of a model, by notebook 90_tune, after what it needs."""
    from mien.engine import steps

    _done(lambda: steps.tune(model, parameters or [], profile, jobs or os.cpu_count() or 1, _book))


@app.command()
def why(
    node: Annotated[str, typer.Argument(help="A node of conf/pipeline.yaml.")], profile: Profile = "sample"
) -> None:
    """Say in a line why a node would be run, or that it would not."""
    from mien.engine import steps

    _done(lambda: steps.why(node, profile))


@app.command()
def report(
    profile: Profile = "sample",
    published: Annotated[bool, typer.Option("--published", help="Of what is committed, instead of the run.")] = False,
) -> None:
    """Build the book of the executed notebooks."""
    from mien.engine import locks, paths

    with exits.in_a_line():
        folder = paths.published(profile) if published else paths.Paths(profile).reports()
        with locks.held(folder):
            typer.echo(f"report: {_book(folder)}")


@app.command()
def dag() -> None:
    """Draw the graph of conf/pipeline.yaml for README and docs."""
    from mien.publishing import dag as drawing

    with exits.in_a_line():
        typer.echo(str(drawing.write()))


def _book(folder: Path) -> Path:
    """Build the book of a report; what does so takes seconds to import."""
    from mien.publishing import book

    return book.write(folder)


def _done(step: Callable[[], str | None]) -> None:
    """Do a step; say what has failed, if anything has, and end."""
    with exits.in_a_line(), syntax.named():
        if problem := step():
            exits.failed(problem)


if __name__ == "__main__":
    exits.run(app)
