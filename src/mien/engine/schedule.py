"""Runs the stale nodes of a graph side by side, the longest way to the end first, and tells how far it is.

What draws progress is imported where there is something to run, since `make` waits for this module.
"""

import os
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from mien.engine import keys
from mien.engine.graph import Node
from mien.engine.keys import Key

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

Watcher = Callable[[str, int, int], None]
"""Is told what is done how far: what (cells, a bar), how many are done, of how many."""

UNKNOWN = 20.0
"""Seconds of a node that nobody has timed yet."""


@dataclass(frozen=True)
class Failure:
    """A node that failed: its name, and what to tell people."""

    node: str
    message: str


def stale(
    nodes: Mapping[str, Node], key: Mapping[str, Key], had: Mapping[str, Key | None], lost: Mapping[str, str]
) -> dict[str, str]:
    """The nodes to run, each with the reason.

    Args:
        nodes: in order.
        key: what each should have been run with.
        had: what each was run with; None where it was not run.
        lost: those whose results are no longer there, with the reason. A training need not give the same ones again, so
            what needs them is run again, too.
    """
    reasons: dict[str, str] = {}
    again: set[str] = set()  # those that may give something else
    for name, node in nodes.items():
        changed = {part for part, value in key[name].items() if (had[name] or {}).get(part) != value}
        given = {need for need in reasons if f"what {need} gives" in changed}
        before = next((need for need in node.needs if need in again | given), "")
        if had[name] is None:
            reasons[name] = "has not been run"
        elif name in lost:
            reasons[name] = lost[name]
        elif before:
            reasons[name] = f"needs {before}, which is run again"
        elif had[name] != key[name]:
            reasons[name] = keys.changed(key[name], had[name])
        again |= {name} if name in lost or before in again else set()
    return reasons


def longest_first(nodes: Mapping[str, Node], seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds from the start of each node to the end of all that waits for it."""
    ahead = {name: seconds.get(name, UNKNOWN) for name in nodes}
    behind = dict.fromkeys(nodes, 0.0)
    for name in reversed([*nodes]):
        ahead[name] += behind[name]
        for need in nodes[name].needs:
            if need in behind:
                behind[need] = max(behind[need], ahead[name])
    return ahead


def run(
    nodes: Mapping[str, Node],
    work: Callable[[Node, Watcher], float],
    seconds: Mapping[str, float],
    jobs: int,
    console: "Console",
) -> tuple[dict[str, float], list[Failure]]:
    """Run nodes, each when what it needs is done; after a failure nothing new is started.

    Args:
        nodes: in order; what they need beyond them is done.
        work: runs one and says how many seconds it took; raises with a message for people where it fails.
        seconds: how long each took the last time, as far as is known.
        jobs: how many at once.
        console: where to tell.

    Returns:
        Seconds of each that was run, and the failures.
    """
    told = _Told(nodes, seconds, jobs, console)
    order = TopologicalSorter({name: [n for n in node.needs if n in nodes] for name, node in nodes.items()})
    order.prepare()
    urgency, ready, running = longest_first(nodes, seconds), [], 0
    results: queue.Queue = queue.Queue()
    with told.progress:
        while order.is_active():
            ready = sorted([*ready, *order.get_ready()], key=urgency.get)
            while ready and running < jobs and not told.failures:
                node = nodes[ready.pop()]
                running += 1
                threading.Thread(target=_work, args=(node, work, told.start(node.name), results), daemon=True).start()
            if not running:
                break
            name, took, failure = results.get()
            running -= 1
            told.end(name, took, failure)
            order.done(name)
    return told.took, told.failures


def _work(node: Node, work: Callable, watcher: Watcher, results: queue.Queue) -> None:
    try:
        results.put((node.name, work(node, watcher), None))
    except Exception as error:  # of any kind: it is told, and the others end in order
        results.put((node.name, 0.0, Failure(node.name, str(error))))


class _Told:
    """What people see: a line for each node that is done, a bar for each that runs."""

    def __init__(self, nodes: Mapping[str, Node], seconds: Mapping[str, float], jobs: int, console: "Console"):
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.expected = {name: seconds.get(name, UNKNOWN) for name in nodes}
        self.nodes, self.jobs, self.console = nodes, jobs, console
        self.took: dict[str, float] = {}
        self.failures: list[Failure] = []
        self._tasks: dict[str, TaskID] = {}
        columns = (TextColumn("        {task.description}"), BarColumn(24), TextColumn("{task.fields[what]}"))
        self.progress = Progress(
            *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
        )

    def start(self, name: str) -> Watcher:
        task = self._tasks[name] = self.progress.add_task(name, what="", total=None)
        return lambda what, done, of: self.progress.update(
            task, completed=done, total=of, what="" if what == "cell" else f"{what} {done} of {of}"
        )

    def end(self, name: str, took: float, failure: Failure | None) -> None:
        self.progress.remove_task(self._tasks[name])
        self.took[name] = took
        count = f"[{len(self.took):>{len(str(len(self.nodes)))}}/{len(self.nodes)}]"
        says = "failed" if failure else f"{self.took[name]:5.0f} s   {self._left()}"
        self.console.print(f"{count} {name:<46} {says}", markup=False, highlight=False, soft_wrap=True)
        if failure:
            self.failures.append(failure)

    def _left(self) -> str:
        """The time that is left, from what the nodes took the last time and how fast this run has been."""
        speed = sum(self.took.values()) / sum(self.expected[name] for name in self.took)
        rest = {name: node for name, node in self.nodes.items() if name not in self.took}
        if not rest:
            return ""
        left = speed * max(
            max(longest_first(rest, self.expected).values()), sum(map(self.expected.get, rest)) / self.jobs
        )
        return f"about {left:.0f} s left" if left < 90 else f"about {left / 60:.0f} min left"


def share_cores(jobs: int) -> None:
    """Tell numeric libraries, before they are loaded, how many cores a job has, so that their threads do not fight."""
    cores = str(max((os.cpu_count() or 1) // jobs, 1))
    for name in (
        "MIEN_CORES",  # ours: processes of `mien.engine.blocks`
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "OPENCV_FOR_THREADS_NUM",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ):
        os.environ.setdefault(name, cores)
