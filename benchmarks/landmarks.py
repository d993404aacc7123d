"""How much faster do two processes find landmarks than one?

python benchmarks/landmarks.py [dlib68 | mediapipe478]            faces of $MIEN_RAW or data/raw
"""

import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from distributed import Client, LocalCluster

from mien import blocks, paths, store
from mien.sources import fer2013

FACES = 4_096
BLOCK = 128


def seconds(detect: blocks.Function, processes: int, source: Path, folder: Path) -> float:
    """Time of an extraction; the processes are up before it begins and have loaded the detector."""
    workers = LocalCluster(n_workers=processes, threads_per_worker=1, dashboard_address=":0")
    with workers, Client(workers) as client:
        client.run(detect, store.open_dataset(source).isel(face=slice(0, 2)).load())
        os.environ["MIEN_DASK"] = workers.scheduler_address
        start = time.perf_counter()
        blocks.map_faces(detect, source, folder / f"{processes}.zarr", BLOCK)
        return time.perf_counter() - start


def main(detector: str = "dlib68") -> None:
    detect = import_module(f"mien.landmarks.{detector}").detect
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faces = fer2013.read(fer2013.find(paths.raw())).isel(face=slice(None, None, 8)).isel(face=slice(0, FACES))
        store.save_dataset(faces, folder / "faces.zarr")
        one, two = (seconds(detect, n, folder / "faces.zarr", folder) for n in (1, 2))
    count = faces.sizes["face"]
    print(f"{detector}, {count:,} faces: {one:.1f} s, with two processes {two:.1f} s: {one / two:.2f} times faster")


if __name__ == "__main__":
    main(*sys.argv[1:])
