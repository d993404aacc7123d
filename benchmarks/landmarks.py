"""How much faster do two processes find landmarks than one?

python benchmarks/landmarks.py            faces of $MIEN_RAW or data/raw
"""

import os
import tempfile
import time
from pathlib import Path

from distributed import Client, LocalCluster

from mien import blocks, paths, store
from mien.landmarks import dlib68
from mien.sources import fer2013

FACES = 4_096
BLOCK = 128


def seconds(processes: int, source: Path, folder: Path) -> float:
    """Time of an extraction; the processes are up before it begins and have loaded the detector."""
    workers = LocalCluster(n_workers=processes, threads_per_worker=1, dashboard_address=":0")
    with workers, Client(workers) as client:
        client.run(dlib68.detect, store.open_dataset(source).isel(face=slice(0, 2)).load())
        os.environ["MIEN_DASK"] = workers.scheduler_address
        start = time.perf_counter()
        blocks.map_faces(dlib68.detect, source, folder / f"{processes}.zarr", BLOCK)
        return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faces = fer2013.read(fer2013.find(paths.raw())).isel(face=slice(None, None, 8)).isel(face=slice(0, FACES))
        store.save_dataset(faces, folder / "faces.zarr")
        one, two = (seconds(n, folder / "faces.zarr", folder) for n in (1, 2))
    print(f"{faces.sizes['face']:,} faces: one process {one:.1f} s, two {two:.1f} s: {one / two:.2f} times faster")


if __name__ == "__main__":
    main()
