"""The ledger of the test set: who has asked it what, counted where it is opened.

A line of JSON for each model that was scored on test faces. It grows and is never written anew by a run; `make publish`
joins it to the published one, so that a count holds for all clones that ever published.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock

from mien.engine import store

NAME = "openings.jsonl"
"""Of the published ledger, beside the published scores."""

SCORES = ("accuracy", "rmse_px")
"""What an opening may know of what came out."""


def read(ledger: Path) -> list[dict[str, Any]]:
    """The openings of a ledger, none where there is no such file.

    Raises:
        ValueError: a line is no JSON; says which.
    """
    if not ledger.exists():
        return []
    lines = ledger.read_text(encoding="utf-8").splitlines()
    return [_entry(ledger, number, line) for number, line in enumerate(lines, 1)]


def _entry(ledger: Path, number: int, line: str) -> dict[str, Any]:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ValueError(
            f"{ledger}, line {number}: expected an opening as JSON, found {line[:40]!r} ({error}); mend that line by "
            "hand, since a ledger is never begun anew"
        ) from None


def append(ledger: Path, entries: Iterable[dict[str, Any]]) -> None:
    """Add openings to a ledger, whole or not at all, while other processes wait to do the same."""
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(ledger.with_name(f".{ledger.name}.lock")):
        write(ledger, [*read(ledger), *entries])


def write(ledger: Path, entries: Iterable[dict[str, Any]]) -> None:
    """Write a ledger, an opening a line."""
    with store.aside(ledger) as temporary:
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        temporary.write_text(text, encoding="utf-8", newline="\n")


def joined(*ledgers: Path) -> list[dict[str, Any]]:
    """The openings of several ledgers in the order of time; what stands in more than one counts once.

    A score that one of them knows is kept, see `scored`.
    """
    distinct: dict[str, dict[str, Any]] = {}
    for entry in (entry for ledger in ledgers for entry in read(ledger)):
        opening = json.dumps({name: entry[name] for name in entry.keys() - set(SCORES)}, sort_keys=True)
        distinct[opening] = distinct.get(opening, {}) | entry
    return sorted(distinct.values(), key=lambda entry: entry["when"])


def scored(ledger: Iterable[dict[str, Any]], metrics: Path) -> list[dict[str, Any]]:
    """Openings with the scores that a folder of metrics, of the same commit, has of their models.

    Args:
        ledger: openings.
        metrics: the folder, a file a model and target.
    """
    return [_score(entry, metrics / f"{entry['model']}-{entry['target']}.json") | entry for entry in ledger]


def _score(entry: dict[str, Any], file: Path) -> dict[str, float]:
    found = store.open_json(file) if file.exists() else None
    if not found or found["provenance"].get("commit") != entry.get("commit"):
        return {}
    return {name: round(value, 4) for name in SCORES if (value := found["test"]["all"].get(name)) is not None}
