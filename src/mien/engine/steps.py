"""What the commands of `python -m mien.publishing` do; each gives None, or says for people what failed in doing so.

What cannot be done as it is asked for (an unknown node, a value of another type) is a ValueError, before any work.

What runs notebooks takes seconds to import, and is imported where there is something to run.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.engine import graph, keys, locks, paths, profiles, provenance, raw_data, schedule, written, yaml_lines
from mien.engine.graph import Node
from mien.engine.profiles import NOTEBOOKS

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from papermill.exceptions import PapermillExecutionError


Book = Callable[[Path], Path]
"""Shows a run, whose reports are in that folder, to people, and says where; the engine knows no page itself."""


def run(names: list[str], profile: str, jobs: int, book: Book, again: bool = False) -> str | None:
    """Run what is stale of some nodes and of all before them; write the report.

    Args:
        names: of nodes, or of groups of them.
        profile: name of a file in `conf/`.
        jobs: notebooks at once.
        book: what shows them when they have ended, well or not.
        again: run also what was run by other code than this commit's, in whatever run, so that all of it can be
            published.

    Raises:
        ValueError: there is no such node or profile, the profile is wrong, another run writes the same reports, or
            they are to be this commit's and there are changes that were not committed.
    """
    nodes, configured = _wanted([*names, *(_of_other_code(profile) if again else ())], profile)
    with locks.held(paths.Paths(profile).reports()):
        return _run_stale(nodes, configured, profile, jobs, book, again)


def _run_stale(
    nodes: dict[str, Node], configured: dict, profile: str, jobs: int, book: Book, again: bool = False
) -> str | None:
    start = time.perf_counter()
    provenance.begin()
    reasons, key = _stale(nodes, profile, configured)
    reasons |= _of_other_code(profile) if again else {}
    todo = {name: nodes[name] for name in nodes if name in reasons}
    folder = paths.Paths(profile).executed()
    if not todo and (folder.parent / "book" / "index.html").exists():
        print("nothing to do: what was run still holds")
        return None
    took, failures = _run(todo, {**configured, "keys": key}, folder, profile, jobs)
    wall, shown = time.perf_counter() - start, book(folder.parent)
    if failures:
        return "\n".join([*(failure.message for failure in failures), f"report: {shown}"])
    _tell(took, wall, jobs, folder, shown)
    return None


def why(name: str, profile: str) -> None:
    """Say in a line why a node would be run, or that it would not; of a group, of all that would be.

    Raises:
        ValueError: there is no such node or profile, or the profile is wrong.
    """
    reasons = stale(profile, name)
    told = {name: reasons.get(name)} if name in graph.load() else reasons
    for node, reason in (told or {name: None}).items():
        print(f"{node}: {reason or 'would not be run: nothing that it depends on has changed'}")


def stale(profile: str, name: str = "pipeline") -> dict[str, str]:
    """The nodes that would be run for a node or a group, in order, each with the reason.

    Raises:
        ValueError: as `why`.
    """
    nodes, configured = _wanted([name], profile)
    reasons, _ = _stale(nodes, profile, configured)
    return {node: reasons[node] for node in nodes if node in reasons}


def tune(model: str, parameters: list[str], profile: str, jobs: int, book: Book) -> str | None:
    """Search settings of a model by notebook 90_tune, after what it needs.

    Raises:
        ValueError: as `run`; there is no such model; or a parameter is not one of the notebook's, or of another type.
    """
    needs = graph.section("tune")
    if model not in needs:
        raise ValueError(f'MODEL is "{model}": there are {", ".join(needs)}')
    given = profiles.configured(profile).get("90_tune", {}) | _assignments(parameters)
    for name, place in {"profile": "--profile", "model": "MODEL"}.items():
        if name in given:
            raise profiles.ParameterError(f"{name} is what {place} says: leave {name}={given[name]} out")
    targets = ["keypoints15"] if model == "keypoint_resnet" else graph.section("values")["target"]
    if (target := given.setdefault("target", targets[0])) not in targets:
        raise ValueError(f'TARGET is "{target}": {model} has {", ".join(targets)}')
    # what is found on a few sampled faces holds for no others
    values = {"keep": not profiles.synthetic(profile)} | given
    profiles.check(NOTEBOOKS / "90_tune.ipynb", values, "command line")
    node = Node(f"90_tune-{model}-{target}", values | {"model": model})
    nodes, configured = _wanted(needs[model], profile)
    with locks.held(paths.Paths(profile).reports()):
        if problem := _run_stale(nodes, configured, profile, jobs, book):
            return problem
        executed = paths.Paths(profile).executed()
        _, failures = _run({node.name: node}, {}, executed, profile, 1)
        book(executed.parent)
    return failures[0].message if failures else None


def _wanted(names: list[str], profile: str) -> tuple[dict[str, Node], dict[str, Any]]:
    """Some nodes with all before them, and what the profile says."""
    nodes = graph.load()
    configured = graph.configured(nodes, profile)
    nodes = graph.upstream(nodes, _spelled_out(names, profile))
    graph.check_outputs(nodes, configured)
    return nodes, configured


def _stale(nodes: dict[str, Node], profile: str, configured: dict) -> tuple[dict[str, str], dict[str, keys.Key]]:
    """The reasons of those nodes that are to be run, and the keys of all."""
    executed = paths.Paths(profile).executed()
    raw = raw_data.state(profile, executed.parent / "raw.json")
    key = keys.kept(executed.parent / "keys.json", nodes, configured, raw)
    had = {name: keys.key_of(executed / f"{name}.ipynb") for name in nodes}
    gone = {name: files for name in nodes if (files := written.gone(executed / f"{name}.ipynb"))}
    lost = {name: f"{files[0]} is gone" for name, files in gone.items() if not files[0].startswith("reports/")}
    drawn = {name: f"{files[0]} is gone" for name, files in gone.items()}
    return drawn | schedule.stale(nodes, key, had, lost), key


def _of_other_code(profile: str) -> dict[str, str]:
    """The nodes that were run, and not by this commit as it is, with that as the reason.

    Raises:
        ValueError: there are changes that were not committed.
    """
    now, found = provenance.begun(), {}
    if now["dirty"]:
        raise ValueError("what is run again for this commit would be of no commit: commit your changes first")
    for name in graph.load():
        executed = paths.Paths(profile).executed() / f"{name}.ipynb"
        if executed.exists():
            by = json.loads(executed.read_text(encoding="utf-8"))["metadata"]["mien"]
            if {"commit": by.get("commit"), "dirty": by.get("dirty")} != now:
                found[name] = "it was run by other code than this commit's"
    return found


def _spelled_out(names: list[str], profile: str) -> list[str]:
    """Names of nodes, for names of nodes and of groups of them."""
    groups = {
        "pipeline": graph.last(profile),
        **{name: graph.section(name, list) for name in ("seeds", "teachers")},
        "gains": [node for node in graph.load() if paths.tuned(node.removeprefix("56_tuned-")).exists()],
    }
    return [node for name in names for node in groups.get(name, [name])]


def _assignments(words: list[str]) -> dict[str, Any]:
    """`["target=happy", "epochs=3"]` -> `{"target": "happy", "epochs": 3}`; values are read as YAML.

    Raises:
        ParameterError: a word without `=`, a name twice, or what follows is not YAML.
    """
    pairs = [word.partition("=") for word in words]
    names = [name for name, _, _ in pairs]
    for name, equals, _ in pairs:
        if not equals:
            raise profiles.ParameterError(f"expected name=value, found {name!r}")
        if names.count(name) > 1:
            raise profiles.ParameterError(f"{name} is given {names.count(name)} times: give it once")
    return {name: yaml_lines.value(text, profiles.ParameterError) for name, _, text in pairs}


def _run(
    todo: dict[str, Node], settings: dict[str, Any], folder: Path, profile: str, jobs: int
) -> tuple[dict[str, float], list[schedule.Failure]]:
    schedule.share_cores(jobs)  # before what computes is imported
    from rich.console import Console

    from mien.engine import kernels, runner

    written.forget(folder, graph.load().keys() - todo.keys())
    console = Console()
    if many := len(todo) > 1:  # a single one starts by itself
        kernels.warm_up(folder / "kernels.log")

    def work(node: Node, watcher: schedule.Watcher) -> float:
        if many:
            kernels.take_turn()
        start = time.perf_counter()
        values = {"profile": profile, **settings.get(node.notebook, {}), **node.parameters}
        output, key = folder / f"{node.name}.ipynb", settings.get("keys", {}).get(node.name)
        executed = _executed(node, values, output, key, watcher)
        for message in runner.warned(executed):
            console.print(f"{node.name} warns: {message}", markup=False, highlight=False, soft_wrap=True)
        return time.perf_counter() - start

    return schedule.run(todo, work, _known_seconds() | _own_seconds(folder), jobs, console)


def _executed(
    node: Node, values: dict[str, Any], output: Path, key: keys.Key | None, watcher: schedule.Watcher
) -> "NotebookNode":
    """The executed notebook; raises RuntimeError with a message for people where it fails, of whatever kind."""
    from papermill.exceptions import PapermillExecutionError

    from mien.engine import runner

    try:
        return runner.execute(NOTEBOOKS / f"{node.notebook}.ipynb", output, values, key, watcher)
    except PapermillExecutionError as error:
        raise RuntimeError(_explained(node.name, error, output)) from None
    except Exception as error:  # such as of a kernel that the system has killed
        log = output.with_suffix(".log")
        raise RuntimeError(f"{node.name} failed: {type(error).__name__}: {error}\n      see {log}") from None


def _explained(name: str, error: "PapermillExecutionError", output: Path) -> str:
    way = str(error).rstrip().splitlines()[-4:] if len(error.traceback) > 1 else []  # none to what is missing
    last = "".join(f"      {line}\n" for line in way)
    return (
        f"{name} failed in cell {error.cell_index + 1}: {error.ename}: {error.evalue}\n{last}"
        f"      the run up to there: {output.with_suffix('.failed.ipynb')}\n"
        f"      what was printed:    {output.with_suffix('.log')}"
    )


def _known_seconds() -> dict[str, float]:
    """How long nodes took on the machine that wrote conf/seconds.json."""
    return json.loads((paths.REPOSITORY / "conf" / "seconds.json").read_text(encoding="utf-8"))


def _own_seconds(folder: Path) -> dict[str, float]:
    """How long nodes took here the last time."""
    own = folder / "seconds.json"
    return json.loads(own.read_text(encoding="utf-8")) if own.exists() else {}


def _tell(took: dict[str, float], wall: float, jobs: int, folder: Path, index: Path) -> None:
    """Keep the seconds, name what took longest, and say where the report is."""
    from mien.engine import store

    store.save_json(_own_seconds(folder) | {name: round(s, 1) for name, s in took.items()}, folder / "seconds.json")
    rows = [f"  {took[name]:5.0f} s  {name}" for name in sorted(took, key=took.get, reverse=True)[:5]]
    says = (
        f"{len(took)} notebooks in {wall:.0f} s ({sum(took.values()):.0f} s of notebooks, {jobs} at once). The slowest:"
    )
    print("\n".join([says, *rows, f"report: {index}"]))
