"""How much faster do two processes find landmarks than one?

python benchmarks/landmarks.py [dlib68 | mediapipe478]            both where MediaPipe's model file is at hand
"""

import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import xarray as xr
from distributed import Client, LocalCluster

from mien import assets, blocks, store
from mien.face_model import FaceModel

FACES = 2_048
BLOCK = 128
ROUNDS = 3


def seconds(detect: blocks.Function, processes: int, source: Path, folder: Path) -> float:
    """Time of an extraction; the processes are up before it begins and have loaded the detector."""
    workers = LocalCluster(n_workers=processes, threads_per_worker=1, dashboard_address=":0")
    with workers, Client(workers) as client:
        client.run(detect, store.open_dataset(source).isel(face=slice(0, 2)).load())
        os.environ["MIEN_DASK"] = workers.scheduler_address
        start = time.perf_counter()
        blocks.map_faces(detect, source, folder / f"{processes}.zarr", BLOCK)
        return time.perf_counter() - start


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
            times = [[seconds(detect, n, folder / "faces.zarr", folder) for n in (1, 2)] for _ in range(ROUNDS)]
            one, two = np.median(times, axis=0)
            ratios = ", ".join(f"{a / b:.2f}" for a, b in sorted(times, key=lambda pair: pair[0] / pair[1]))
            print(
                f"{detector}, {FACES:,} faces, the median of {ROUNDS} rounds: {one:.1f} s, with two processes "
                f"{two:.1f} s: {one / two:.2f} times faster (by round: {ratios})",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["dlib68", *["mediapipe478"] * assets.at_hand(assets.FACE_LANDMARKER)])
