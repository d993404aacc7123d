"""Runs notebooks headless and strictly: papermill with its lenient defaults put right.

A failed run is kept beside the result and never as the result; a parameter that the notebook does not declare is an
error before any work; the kernel is this environment's own.
"""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import papermill
import typer
import yaml
from papermill.exceptions import PapermillExecutionError

from mien import paths, profiles, store
from mien.profiles import NOTEBOOKS, ParameterError

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)


def assignments(words: list[str]) -> dict[str, Any]:
    """`["target=happy", "epochs=3"]` -> `{"target": "happy", "epochs": 3}`; values are read as YAML.

    Raises:
        ParameterError: a word without `=`.
    """
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not equals:
            raise ParameterError(f"expected name=value, found {name!r}")
    return {name: yaml.safe_load(value) for name, _, value in pairs}


def execute(notebook: Path, output: Path, values: dict[str, Any]) -> None:
    """Run a notebook in a process of its own and keep the executed copy.

    Args:
        notebook: what to run.
        output: where the executed copy goes when every cell ran; else it goes to `<output>.failed.ipynb`.
        values: parameters.

    Raises:
        ParameterError: the notebook does not declare one of them.
        PapermillExecutionError: a cell failed.
    """
    profiles.check(notebook, values, "command line")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not one of the user's
    failed = output.with_suffix(".failed.ipynb")
    failed.parent.mkdir(parents=True, exist_ok=True)
    papermill.execute_notebook(
        str(notebook),
        str(failed),
        values,
        kernel_name="python3",
        cwd=str(notebook.parent),
        progress_bar={"ncols": 80},
        # what native libraries say of themselves goes to the terminal, not into the report
        extra_arguments=["--IPKernelApp.log_level=ERROR", "--IPKernelApp.capture_fd_output=False"],
    )
    failed.rename(output)


@app.command()
def run(
    notebook: Annotated[str, typer.Argument(help="Its name, e.g. 20_landmarks.")],
    output: Annotated[Path, typer.Argument(help="Where the executed notebook goes.")],
    parameters: Annotated[list[str] | None, typer.Argument(help="name=value, over what the profile says.")] = None,
    profile: Annotated[str, typer.Option(help="A file in conf/.")] = "sample",
) -> None:
    """Run one notebook with the parameters of a profile."""
    start = time.perf_counter()
    try:
        values = {"profile": profile, **profiles.configured(profile).get(notebook, {}), **assignments(parameters or [])}
        execute(NOTEBOOKS / f"{notebook}.ipynb", output, values)
    except (ParameterError, ValueError) as error:
        raise SystemExit(f"mien: {error}") from None
    except PapermillExecutionError as error:
        kept = output.with_suffix(".failed.ipynb")
        raise SystemExit(
            f"mien: {notebook} failed: {error.ename}: {error.evalue}\n      the run up to there: {kept}"
        ) from None
    typer.echo(f"{output.stem}: done in {time.perf_counter() - start:.0f} s")


@app.command()
def parameters(
    profile: Annotated[str, typer.Argument(help="A file in conf/.")],
    folder: Annotated[Path, typer.Argument(help="Where one file per notebook goes.")],
) -> None:
    """Check a profile and write what it says of each notebook to a file, touching only those that change.

    `make` compares these files, so that a change for one notebook does not run the others again.
    """
    try:
        table = profiles.configured(profile)
    except ValueError as error:
        raise SystemExit(f"mien: {error}") from None
    for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
        text = yaml.safe_dump(table.get(notebook.stem, {}))
        file = folder / f"{notebook.stem}.yaml"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            with store.aside(file) as temporary:
                temporary.write_text(text, encoding="utf-8")


@app.command()
def report(profile: Annotated[str, typer.Argument(help="A file in conf/.")]) -> None:
    """Write the executed notebooks as HTML, and the page that leads to them."""
    from mien import report as pages  # here: nbconvert takes a second that the other commands do not need

    typer.echo(f"report: {pages.write(paths.Paths(profile).reports())}")


if __name__ == "__main__":
    app()
