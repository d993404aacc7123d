"""What the first page of JupyterLab shows: every notebook, when it was run last, and what is stale."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from mien.engine import graph, paths, profiles, steps
from mien.engine.graph import Node


def table(profile: str) -> str:
    """A row a notebook, in Markdown: the question that it asks, its last run, and why it would be run again."""
    nodes, stale = graph.upstream(graph.load(), graph.last(profile)), steps.stale(profile)
    rows = [_row(path, profile, nodes, stale) for path in sorted(profiles.NOTEBOOKS.glob("[0-9]*.ipynb"))]
    return "\n".join(["| notebook | asks | last run | stale? |", "| --- | --- | --- | --- |", *rows])


def _row(path: Path, profile: str, nodes: Mapping[str, Node], stale: Mapping[str, str]) -> str:
    own = [name for name, node in nodes.items() if node.notebook == path.stem]
    cells = f"[{path.stem}]({path.name})", _question(path), _last_run(path.stem, profile), _state(own, stale)
    return f"| {' | '.join(cells)} |"


def _question(notebook: Path) -> str:
    """The title of a notebook without its number."""
    title = "".join(json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"]).splitlines()[0]
    return title.partition(" · ")[2]


def _last_run(notebook: str, profile: str) -> str:
    executed = paths.Paths(profile).executed()
    ran = [file.stat().st_mtime for file in executed.glob(f"{notebook}*.ipynb") if ".failed" not in file.name]
    return f"{datetime.fromtimestamp(max(ran)):%Y-%m-%d %H:%M}" if ran else "never"


def _state(own: list[str], stale: Mapping[str, str]) -> str:
    """Of the runs of a notebook that the pipeline has, what makes the first stale one so."""
    if not own:
        return "not part of `make pipeline`"
    reasons = [stale[name] for name in own if name in stale]
    if not reasons:
        return "no"
    return reasons[0] if len(own) == 1 else f"{len(reasons)} of {len(own)} runs: {reasons[0]}"
