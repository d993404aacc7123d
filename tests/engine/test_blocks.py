import json
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import xarray as xr

from mien.engine import blocks, store
from mien.features import distances

N = 10


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.zarr"
    names = {"id": ("face", np.array([f"f{i}" for i in range(N)], object))}
    store.save_dataset(xr.Dataset({"x": ("face", np.arange(float(N)))}, names), path)
    return path


@pytest.fixture
def beside(source, tmp_path):
    """A second store of the same faces, with other numbers and another split."""
    path = tmp_path / "beside.zarr"
    names = {"id": store.open_dataset(source)["id"].load(), "split": ("face", np.array(["test"] * N, object))}
    store.save_dataset(xr.Dataset({"w": ("face", 10 * np.arange(float(N)))}, names), path)
    return path


@pytest.fixture
def here(monkeypatch):
    """Compute in this process, in order, without a cluster."""

    def computed(function, source, growing, starts, block):
        for start in starts:
            yield blocks._write(start, function, source, growing, block)

    monkeypatch.setattr(blocks, "_computed", computed)


class Detector:
    """Multiplies, notes the first face of each call, and can be made to fail: stands in for a detector."""

    calls: list[float] = []  # noqa: RUF012
    fails_at = np.inf

    @classmethod
    def detect(cls, faces, factor=2):
        first = float(faces["x"][0])
        if first >= cls.fails_at:
            raise RuntimeError("killed")
        cls.calls.append(first)
        table = np.stack([faces["x"].values * factor] * 3, axis=1)
        return xr.Dataset({"y": (("face", "k"), table)}, {**faces.coords, "k": np.array(list("abc"), object)})


@pytest.fixture
def detector(here, monkeypatch):
    monkeypatch.setattr(Detector, "calls", [])
    return Detector


def kill(detector, monkeypatch, source, target):
    """Run until the third of three blocks fails."""
    monkeypatch.setattr(detector, "fails_at", 8)
    with pytest.raises(RuntimeError, match="killed"):
        blocks.map_faces(detector.detect, source, target, block=4)
    monkeypatch.setattr(detector, "fails_at", np.inf)
    detector.calls.clear()


def test_every_face_is_computed_and_keeps_its_coordinates(detector, source, tmp_path):
    made = blocks.map_faces(detector.detect, source, tmp_path / "made.zarr", block=4).load()
    assert made["y"].values[:, 1].tolist() == [2.0 * i for i in range(N)]
    assert made["id"].values.tolist() == [f"f{i}" for i in range(N)]
    assert made["k"].values.tolist() == ["a", "b", "c"]


def test_a_killed_run_is_not_taken_for_whole(detector, monkeypatch, source, tmp_path):
    kill(detector, monkeypatch, source, tmp_path / "made.zarr")
    assert not (tmp_path / "made.zarr").exists()


def test_a_killed_run_goes_on_where_it_was(detector, monkeypatch, source, tmp_path):
    kill(detector, monkeypatch, source, tmp_path / "made.zarr")
    made = blocks.map_faces(detector.detect, source, tmp_path / "made.zarr", block=4)
    assert detector.calls == [8.0]
    assert made["y"].values[:, 0].tolist() == [2.0 * i for i in range(N)]


def test_a_change_of_arguments_begins_again(detector, monkeypatch, source, tmp_path):
    kill(detector, monkeypatch, source, tmp_path / "made.zarr")
    made = blocks.map_faces(partial(detector.detect, factor=5), source, tmp_path / "made.zarr", block=4)
    assert made["y"].values[:, 0].tolist() == [5.0 * i for i in range(N)]


def test_a_change_of_the_source_begins_again(detector, monkeypatch, source, tmp_path):
    kill(detector, monkeypatch, source, tmp_path / "made.zarr")
    store.save_dataset(store.open_dataset(source).load() + 1, source)
    made = blocks.map_faces(detector.detect, source, tmp_path / "made.zarr", block=4)
    assert made["y"].values[:, 0].tolist() == [2.0 * (i + 1) for i in range(N)]


def total(faces):
    return xr.Dataset({"total": faces["x"] + faces["w"]}, faces.coords)


def test_several_stores_of_the_same_faces_are_read_as_one(here, source, beside, tmp_path):
    made = blocks.map_faces(total, [source, beside], tmp_path / "made.zarr", block=4).load()
    assert made["total"].values.tolist() == [11.0 * i for i in range(N)]
    assert made["id"].values.tolist() == [f"f{i}" for i in range(N)]
    assert made["split"].values.tolist() == ["test"] * N


def test_what_several_stores_have_is_the_firsts(here, source, beside, tmp_path):
    store.save_dataset(
        store.open_dataset(source).load().assign_coords(split=("face", np.array(["train"] * N, object))), source
    )
    made = blocks.map_faces(total, [source, beside], tmp_path / "made.zarr", block=4)
    assert made["split"].values.tolist() == ["train"] * N


def test_a_change_of_any_of_several_sources_begins_again(detector, monkeypatch, source, beside, tmp_path):
    kill(detector, monkeypatch, [source, beside], tmp_path / "made.zarr")
    store.save_dataset(store.open_dataset(beside).load() + 1, beside)
    blocks.map_faces(detector.detect, [source, beside], tmp_path / "made.zarr", block=4)
    assert 0.0 in detector.calls


@pytest.mark.parametrize("ids", [[f"f{i}" for i in range(1, N + 1)], [f"f{i}" for i in range(N - 1)]])
def test_stores_of_other_faces_are_refused(here, source, beside, tmp_path, ids):
    store.save_dataset(xr.Dataset({"w": ("face", np.zeros(len(ids)))}, {"id": ("face", np.array(ids, object))}), beside)
    with pytest.raises(ValueError, match=r"source\.zarr and beside\.zarr hold other faces"):
        blocks.map_faces(total, [source, beside], tmp_path / "made.zarr", block=4)


def wide(faces):
    return xr.Dataset({"y": (("face", "k"), np.zeros((faces.sizes["face"], 2**20)))}, faces.coords)


def test_what_is_not_computed_yet_takes_no_memory(monkeypatch, source, tmp_path):
    monkeypatch.setattr(blocks, "_computed", lambda *_: [])
    tracemalloc.start()
    made = blocks.map_faces(wide, source, tmp_path / "made.zarr", block=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.sizes == {"face": N, "k": 2**20}
    assert peak < 4 * 8 * 2**20  # some rows of 8 MiB, not all ten


def test_processes_give_what_one_process_gives(tmp_path):
    points = np.random.default_rng(0).uniform(0, 48, (N, 68, 2)).astype(np.float32)
    store.save_dataset(xr.Dataset({"points": (("face", "point", "axis"), points)}), tmp_path / "landmarks.zarr")
    several, one = (
        blocks.map_faces(distances.distances, tmp_path / "landmarks.zarr", tmp_path / name, block).load()
        for name, block in (("several.zarr", 4), ("one.zarr", N))
    )
    assert several.identical(one)


@pytest.fixture
def workers(tmp_path, monkeypatch):
    """Two workers of a Dask cluster, each a process of its own, as is the scheduler that `MIEN_DASK` names."""
    file = tmp_path / "scheduler.json"
    start = partial(subprocess.Popen, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    commands = [["dask_scheduler", "--port", "0"], *[["dask_worker", "--no-nanny", "--nthreads", "1"]] * 2]
    processes = [start([sys.executable, "-m", f"distributed.cli.{name}", *more, *common]) for name, *more in commands]
    while not file.exists():
        time.sleep(0.1)
    monkeypatch.setenv("MIEN_DASK", json.loads(file.read_text())["address"])
    with blocks.cluster() as client:
        client.wait_for_workers(2, timeout=60)
    yield processes[1:]
    for process in processes:
        process.kill()
        process.wait()


def test_a_worker_that_dies_loses_no_face(workers, tmp_path):
    points = np.random.default_rng(0).uniform(0, 48, (240, 68, 2)).astype(np.float32)
    source, target, n = tmp_path / "landmarks.zarr", tmp_path / "made.zarr", 60
    store.save_dataset(xr.Dataset({"points": (("face", "point", "axis"), points)}), source)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(blocks.map_faces, distances.distances, source, target, len(points) // n)
        growing = tmp_path / "made.zarr.partial"
        while not (whole := len([*growing.glob(f"{blocks.DONE}/c/*")])):
            time.sleep(0.01)
        workers[0].kill()
        assert whole < n
        assert made.result(timeout=60).load().identical(distances.distances(store.open_dataset(source).load()))
    assert workers[1].poll() is None
