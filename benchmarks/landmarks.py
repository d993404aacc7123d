"""How much faster do two processes find landmarks than one, and how much faster could they on this machine?

python benchmarks/landmarks.py [dlib68 | mediapipe478]            both where none is named
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import numpy as np
import xarray as xr
from distributed import Client, LocalCluster

from mien.engine import blocks, store
from mien.face_model import FaceModel

FACES = 2_048
BLOCK = 128
ROUNDS = 3
ALONE = 512  # faces for each of two processes that share nothing


def seconds(work: Callable[..., object], *args: object, **kwargs: object) -> float:
    start = time.perf_counter()
    work(*args, **kwargs)
    return time.perf_counter() - start


def extraction(detect: blocks.Function, processes: int, source: Path, folder: Path) -> float:
    """Its seconds; the processes are up before it begins and have loaded the detector."""
    with ready(detect, processes, source) as client:
        os.environ["MIEN_DASK"] = client.scheduler.address
        return seconds(blocks.map_faces, detect, source, folder / f"{processes}.zarr", BLOCK)


def limit(detect: blocks.Function, source: Path) -> float:
    """How much faster two processes are that share no store and no queue: each has faces of its own, in memory."""
    faces = store.open_dataset(source).isel(face=slice(0, ALONE)).load()
    with ready(detect, 2, source) as client:
        one = [*client.scheduler_info()["workers"]][:1]
        return 2 * seconds(client.run, detect, faces, workers=one) / seconds(client.run, detect, faces)


@contextmanager
def ready(detect: blocks.Function, processes: int, source: Path) -> Iterator[Client]:
    """Processes that have loaded a detector."""
    workers = LocalCluster(n_workers=processes, threads_per_worker=1, dashboard_address=":0")
    with workers, Client(workers) as client:
        client.run(detect, store.open_dataset(source).isel(face=slice(0, 2)).load())
        yield client


def sampled() -> xr.Dataset:
    """Faces that are nobody's."""
    model = FaceModel.open()
    index = {"face": np.arange(FACES), "id": ("face", np.array([f"face/{i}" for i in range(FACES)], object))}
    return xr.Dataset({"image": (("face", "y", "x"), model.render(*model.sample(FACES, emotion=3, seed=0)))}, index)


def main(detectors: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store.save_dataset(sampled(), folder / "faces.zarr")
        for detector in detectors:
            detect = import_module(f"mien.landmarks.{detector}").detect
            # in turn, so that a machine whose speed drifts drifts for both
            source, rounds = folder / "faces.zarr", range(ROUNDS)
            rows = [(*(extraction(detect, n, source, folder) for n in (1, 2)), limit(detect, source)) for _ in rounds]
            one, two, could = np.median(rows, axis=0)
            by_round = ", ".join(f"{a / b:.2f} of {c:.2f}" for a, b, c in rows)
            print(
                f"{detector}, {FACES:,} faces, the median of {ROUNDS} rounds: {one:.1f} s, with two processes "
                f"{two:.1f} s: {one / two:.2f} times faster; two that share nothing are {could:.2f} times as fast as "
                f"one here (by round: {by_round})",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["dlib68", "mediapipe478"])
