"""Runs one notebook headless and strictly: papermill with its lenient defaults put right.

A failed run is kept beside the result and never as the result; a parameter that the notebook does not declare is an
error before any work; the kernel is this environment's own. What libraries and the notebook print goes to a log file
beside the executed notebook.
"""

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

import mien
from mien.engine import paths, profiles, progress, provenance, store, written
from mien.engine.keys import Key
from mien.engine.schedule import Watcher

ENGINE = "mien"

_OWN = str(Path(mien.__file__).parent)
_WARNING = re.compile(r"^(.+):\d+: UserWarning: ((?:.*\n)+?)(?=  |.+:\d+: \w+Warning: |\Z)", re.MULTILINE)
"""As IPython prints one: place, message, and a line of code."""


def execute(
    notebook: Path, output: Path, values: dict[str, Any], key: Key | None = None, watcher: Watcher | None = None
) -> nbformat.NotebookNode:
    """Run a notebook in a process of its own and keep the executed copy.

    Args:
        notebook: what to run.
        output: where the executed copy goes when every cell ran; else it goes to `<output>.failed.ipynb`. What is
            printed goes to `<output>.log`, and what files it writes stands in `<output>.files`.
        values: parameters.
        key: see `keys`; stands in the executed copy, beside the commit that ran it.
        watcher: is told how far it is.

    Returns:
        The executed notebook.

    Raises:
        ParameterError: the notebook does not declare one of them.
        PapermillExecutionError: a cell failed.
    """
    profiles.check(notebook, values, "command line")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not one of the user's
    failed = output.with_suffix(".failed.ipynb")
    failed.parent.mkdir(parents=True, exist_ok=True)
    with output.with_suffix(".log").open("w", encoding="utf-8") as log:
        executed = papermill.execute_notebook(
            str(notebook), str(failed), values, ENGINE,
            kernel_name="python3", progress_bar=False, request_save_on_cell_execute=False, log=log, watcher=watcher,
            variables={written.OWN: str(written.of(output))},
            resources={"metadata": {"path": str(notebook.parent)}},  # papermill's `cwd` would be all threads'
            # what native libraries say of themselves goes to the log, not into the report
            extra_arguments=["--IPKernelApp.log_level=ERROR", "--IPKernelApp.capture_fd_output=False"],
        )  # fmt: skip
    executed.metadata["mien"] = {"key": key, "raw": str(paths.raw()), **provenance.begun()}
    with store.aside(output) as temporary:
        nbformat.write(executed, temporary)
    failed.unlink()
    return executed


def warned(executed: nbformat.NotebookNode) -> list[str]:
    """What Mien warned of while a notebook ran, once each; what libraries warn of is for readers of the page."""
    said = [out.text for cell in executed.cells for out in cell.get("outputs", []) if out.get("name") == "stderr"]
    found = [warning for text in said for warning in _WARNING.findall(text)]
    return [*dict.fromkeys(message.rstrip() for file, message in found if "ipykernel" in file or file.startswith(_OWN))]


class _Engine(Engine):
    """papermill's own engine, with a log for the kernel's own output too, and a watcher."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, log, watcher, variables, start_timeout, **options):
        wanted = {name: options[name] for name in ("extra_arguments", "resources")}
        client = _Client(
            nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, timeout=None, shutdown_kernel="immediate",
            stdout_file=log, stderr_file=log, **wanted,
        )  # fmt: skip
        client.watcher = watcher or (lambda *_: None)
        return client.execute(stdout=log, stderr=log, env=os.environ | variables)


class _Client(PapermillNotebookClient):
    """Tells of cells and of bars, which go neither into the page nor into the log."""

    def execute_cell(self, cell, cell_index, **options):
        self.watcher("cell", cell_index, len(self.nb.cells))
        return super().execute_cell(cell, cell_index, **options)

    def process_message(self, msg, *arguments, **options):
        if msg["msg_type"] == "stream" and msg["content"]["name"] == "stderr":
            bars, msg["content"]["text"] = progress.split(msg["content"]["text"])
            for bar in bars:
                self.watcher(*bar)
            if not msg["content"]["text"].strip():
                return None
        return super().process_message(msg, *arguments, **options)


papermill_engines.register(ENGINE, _Engine)
