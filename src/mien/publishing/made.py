"""What made the files of a run: their provenance, summed up."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mien.engine import store


def records(files: Iterable[Path]) -> list[dict]:
    """The provenance of metrics, figures and executed notebooks; other files have none of their own."""
    return [_record(file) for file in files if _has_provenance(file)]


def _record(file: Path) -> dict:
    content = store.open_json(file)
    if file.suffix == ".ipynb":
        return content["metadata"].get("mien", {})
    return content if file.name.endswith(".provenance.json") else content["provenance"]


def _has_provenance(file: Path) -> bool:
    inside = (file.parent.name, file.suffix) in (("metrics", ".json"), ("executed", ".ipynb"))
    return inside or file.name.endswith(".provenance.json")


def commits(made: Iterable[dict]) -> Counter[str]:
    """What made them: a short commit, or words if it is not one -> of how many."""
    return Counter(_commit(record) for record in made)


def _commit(record: dict) -> str:
    if not record.get("commit"):
        return "no commit that is known"
    return record["commit"][:7] + (" with changes that were not committed" if record["dirty"] else "")


def summary(made: list[dict]) -> dict[str, str]:
    """Commit, days, machine and time of a run, in words; nothing of what no record says."""
    known = {
        "commit": [name for name, _ in commits(made).most_common()],
        "finished": _ends([record["finished"][:10] for record in made if "finished" in record]),
        "machine": sorted({_machine(record["machine"]) for record in made if "machine" in record}),
        "took": [_duration(sum(_seconds(made)))] if _seconds(made) else [],
    }
    return {name: "; ".join(values) for name, values in known.items() if values}


def _seconds(made: list[dict]) -> list[float]:
    """Seconds of each node: what a notebook saved with the same parameters one run has saved, the last of it latest."""
    nodes: dict[str, float] = {}
    for record in (record for record in made if "seconds" in record):
        name = f"{record['notebook']} {record['parameters']}"
        nodes[name] = max(nodes.get(name, 0), record["seconds"])
    return [*nodes.values()]


def _duration(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min of notebooks" if hours else f"{minutes} min of notebooks"


def _ends(days: list[str]) -> list[str]:
    if not days:
        return []
    first, last = min(days), max(days)
    return [first if first == last else f"{first} to {last}"]


def _machine(machine: dict) -> str:
    return f"{machine['system']}, {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']:.0f} GiB"
