"""The graph of `conf/pipeline.yaml`, drawn for README and report."""

from collections.abc import Collection
from pathlib import Path

from matplotlib.figure import Figure

from mien.engine import graph, paths, store
from mien.plots.graph import graph as drawn

FILE = paths.REPOSITORY / "docs" / "dag.png"
"""The drawing that README shows, of a run on real faces."""


def figure(profile: str, stale: Collection[str] | None = None) -> Figure:
    """What runs in a profile: its notebooks, and which need which.

    Args:
        profile: name of a file in `conf/`.
        stale: names of the nodes that would be run again, whose notebooks are then marked.
    """
    needs: dict[str, set[str]] = {}
    nodes = graph.upstream(graph.load(), graph.last(profile))
    for node in nodes.values():
        needs.setdefault(node.notebook, set()).update(nodes[need].notebook for need in node.needs)
    title = f"{len(needs)} notebooks, from raw data to results"
    marked = {nodes[name].notebook for name in stale or ()}
    if stale is not None:
        title = f"{len(marked)} of {len(needs)} notebooks are stale (dashed)"
    return drawn({name: sorted(before - {name}) for name, before in needs.items()}, title, marked)


def write(profile: str = "fer2013", file: Path = FILE) -> Path:
    """Draw the graph to a file."""
    store.save_figure(figure(profile), file)
    return file
