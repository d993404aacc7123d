"""The ledger of the test set only ever grows."""

import subprocess
import sys

import pytest

from mien.engine import openings, store

APPENDS = """
import sys
from pathlib import Path
from mien.engine import openings
for number in range(20):
    openings.append(Path(sys.argv[1]), [{"when": f"{number:02d}", "who": sys.argv[2]}])
"""


def test_there_are_none_before_the_first(tmp_path):
    assert openings.read(tmp_path / "none.jsonl") == []


def test_openings_of_two_processes_at_once_are_all_kept(tmp_path):
    ledger = tmp_path / "reports" / "ledger.jsonl"
    both = [subprocess.Popen([sys.executable, "-c", APPENDS, str(ledger), who]) for who in "ab"]
    assert [process.wait() for process in both] == [0, 0]
    found = openings.read(ledger)
    assert len(found) == 40
    for who in "ab":  # each in its own order
        assert [entry["when"] for entry in found if entry["who"] == who] == [f"{number:02d}" for number in range(20)]


def test_ledgers_are_joined_by_time_and_what_both_have_counts_once(tmp_path):
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    openings.write(first, [{"when": "2026-01-01", "model": "a"}, {"when": "2026-01-03", "model": "a"}])
    openings.write(second, [{"when": "2026-01-02", "model": "b"}, {"model": "a", "when": "2026-01-01"}])
    assert [entry["when"][-1] for entry in openings.joined(first, second, tmp_path / "none")] == ["1", "2", "3"]


def test_an_opening_knows_the_score_of_its_own_commit_and_keeps_it(tmp_path):
    kept, run, metrics = tmp_path / "kept.jsonl", tmp_path / "run.jsonl", tmp_path / "metrics"
    entries = [
        {"when": str(day), "model": model, "target": "happy", "commit": commit}
        for day, (model, commit) in enumerate([("all", "old"), ("all", "new"), ("enm", "new")])
    ]
    openings.write(run, entries)
    score = {"test": {"all": {"accuracy": 0.75}}, "provenance": {"commit": "new"}}
    store.save_json(score, metrics / "all-happy.json")
    openings.write(kept, openings.scored(openings.joined(kept, run), metrics))
    store.save_json(score | {"provenance": {"commit": "newest"}}, metrics / "all-happy.json")
    again = openings.scored(openings.joined(kept, run), metrics)
    assert [entry.get("accuracy") for entry in again] == [None, 0.75, None]


def test_a_broken_line_is_named_and_nothing_is_written_over_it(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text('{"when": "2026-01-01"}\n{"when": "2026\n')
    with pytest.raises(
        ValueError, match=r"ledger.jsonl, line 2: expected an opening as JSON, found '{\"when\": \"2026'"
    ):
        openings.append(ledger, [{"when": "2026-01-02"}])
    assert len(ledger.read_text().splitlines()) == 2
