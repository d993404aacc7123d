"""The graph of `conf/pipeline.yaml`, drawn for README and report."""

from pathlib import Path

from matplotlib.figure import Figure

from mien.engine import graph, paths, store
from mien.plots.graph import graph as drawn

FILE = paths.REPOSITORY / "docs" / "dag.png"
"""The drawing that README shows, of a run on real faces."""


def figure(profile: str) -> Figure:
    """What runs in a profile: its notebooks, and which need which."""
    needs: dict[str, set[str]] = {}
    nodes = graph.upstream(graph.load(), graph.last(profile))
    for node in nodes.values():
        needs.setdefault(node.notebook, set()).update(nodes[need].notebook for need in node.needs)
    title = f"{len(needs)} notebooks, {len(nodes)} runs of them: raw data to results"
    return drawn({name: sorted(before - {name}) for name, before in needs.items()}, title)


def write(profile: str = "fer2013", file: Path = FILE) -> Path:
    """Draw the graph to a file."""
    store.save_figure(figure(profile), file)
    return file
