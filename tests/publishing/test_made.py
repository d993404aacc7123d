"""What made a run is summed up from the provenance of its files."""

from mien.engine import store
from mien.publishing import made

MACHINE = {"system": "Linux", "processor": "x86_64", "cores": 2, "memory_gib": 23.5}


def record(seconds: float, day: int, notebook: str = "50", **more) -> dict:
    finished = f"2026-01-{day:02}T10:00:00+00:00"
    common = {"commit": "a" * 40, "dirty": False, "machine": MACHINE, "parameters": {}}
    return {**common, "notebook": notebook, "seconds": seconds, "finished": finished, **more}


def test_provenance_is_read_beside_figures_and_inside_metrics_and_notebooks(tmp_path):
    store.save_json({"n": 1}, tmp_path / "figures" / "56-gain.json")
    store.save_json({"n": 2}, tmp_path / "figures" / "56-gain.json.provenance.json")
    store.save_json({"provenance": {"n": 3}}, tmp_path / "metrics" / "a.json")
    store.save_json({"metadata": {"mien": {"n": 1}}}, tmp_path / "executed" / "50.ipynb")
    files = sorted(file for file in tmp_path.rglob("*") if file.is_file())
    assert made.records(files) == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_a_notebook_that_saved_several_files_took_its_time_once():
    files = [record(60, 1), record(90, 1), record(3540, 3, "40"), record(30, 2, parameters={"model": "all"})]
    assert made.summary(files) == {
        "commit": "aaaaaaa",
        "finished": "2026-01-01 to 2026-01-03",
        "machine": "Linux, x86_64, 2 cores, 24 GiB",
        "took": "1 h 1 min of notebooks",
    }


def test_what_no_file_says_is_left_out():
    assert made.summary([]) == {}
    assert made.summary([{"commit": None}]) == {"commit": "no commit that is known"}
