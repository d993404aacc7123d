"""How do time and memory grow with the number of faces?

python benchmarks/growth.py [1000 5000 20000 100000]

Faces are sampled, and beyond 5,000 they come again. Each line is measured in a process of its own; its memory is the
most that it, or one of the processes that it started, has held. The curve goes to
`reports/benchmarks/growth-<most faces>.png`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import xarray as xr
from matplotlib.figure import Figure

from mien.engine import blocks, paths, store
from mien.face_model import FaceModel
from mien.features import crops, distances
from mien.landmarks import alignment, dlib68, mediapipe478
from mien.plots import style
from mien.sources import fer2013

FACES = (1_000, 5_000, 20_000, 100_000)
DRAWN = 5_000


def draw(folder: Path, faces: int) -> None:
    """Write sampled faces, as a csv and as pictures."""
    folder.mkdir()
    model = FaceModel.open()
    image = model.render(*model.sample(min(faces, DRAWN), emotion=3, seed=0))
    rows = np.arange(faces) % len(image)
    index = {"face": np.arange(faces), "id": ("face", np.array([f"face/{i}" for i in range(faces)], object))}
    of_faces = {"image": (("face", "y", "x"), image[rows]), "emotion": ("face", np.full(faces, 3))}
    store.save_dataset(xr.Dataset(of_faces, index), folder / "faces.zarr")
    lines = [f"3,{' '.join(map(str, face.ravel()))},Training\n" for face in image]
    with (folder / "fer2013.csv").open("w", encoding="utf-8") as file:
        file.write("emotion,pixels,Usage\n")
        file.writelines(lines[row] for row in rows)


def read(folder: Path) -> None:
    """The reader of csv files."""
    fer2013.read(folder / "fer2013.csv")


def compute(name: str, function: blocks.Function, sources: Sequence[str], folder: Path) -> None:
    """A dataset of others, block by block, as the notebooks of stages 20 and 30 make them."""
    blocks.map_faces(function, [folder / f"{source}.zarr" for source in sources], folder / f"{name}.zarr")


def predict(folder: Path) -> None:
    """Expression and keypoints of crops."""
    from mien.inference import Predictor

    predictor, faces = Predictor.open(), store.open_dataset(folder / "faces.zarr")["image"]
    for start in range(0, len(faces), store.BLOCK):
        predictor.predict(faces[start : start + store.BLOCK].values)


MADE: dict[str, tuple[blocks.Function, list[str]]] = {
    "dlib68": (dlib68.detect, ["faces"]),
    "distances": (distances.distances, ["dlib68"]),
    "crops": (crops.crops, ["faces", "dlib68"]),
    "mediapipe478": (mediapipe478.detect, ["faces"]),
    "alignment": (partial(alignment.align, method="procrustes"), ["mediapipe478"]),
}
"""Dataset -> what makes it of which others, that stand before it."""

TASKS: dict[str, Callable[[Path], None]] = {
    "read csv": read,
    **{name: partial(compute, name, *of) for name, of in MADE.items()},
    "predict": predict,
}


def one(task: str, folder: Path) -> None:
    """Print the seconds of a task."""
    start = time.perf_counter()
    TASKS[task](folder)
    print(time.perf_counter() - start)


def measured(task: str, folder: Path) -> tuple[float, float]:
    """Seconds and MiB of a task in a process of its own."""
    command = [sys.executable, __file__, "--one", task, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        peak = 0
        while run.poll() is None:
            peak = max(peak, largest(psutil.Process(run.pid)))
            time.sleep(0.02)
        if run.returncode:
            raise RuntimeError(f"{task} of {folder} has ended with {run.returncode}")
        return float(run.stdout.read().split()[-1]), peak / 2**20


def largest(process: psutil.Process) -> int:
    """Bytes of the largest of a process and those that it has started."""
    sizes = [0]
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):  # it has ended meanwhile
            sizes.append(each.memory_info().rss)
    return max(sizes)


@style.styled
def curve(faces: list[int], seconds: dict[str, list[float]], power: dict[str, float]) -> Figure:
    """Draw the time of every task over the number of faces, both on scales of powers of ten."""
    steepest = max(power, key=power.get)
    title = f"Time grows with faces to the power of {power[steepest]:.2f} at most ({steepest})"
    figure, axes = style.figure(title, height=4.6)
    ax = axes[0, 0]
    slowest_first = sorted(seconds, key=lambda task: -seconds[task][-1])
    for task, marker in zip(slowest_first, "os^DvXP", strict=False):
        ax.plot(faces, seconds[task], f"-{marker}", label=f"{task}: {power[task]:.2f}")
    ax.set(xscale="log", yscale="log", xlabel="faces", ylabel=f"seconds on {os.cpu_count()} cores")
    ax.grid(color="#DDDDDD")
    ax.legend(title="power", loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def main(faces: list[int]) -> None:
    seconds, peak = {task: [] for task in TASKS}, {task: [] for task in TASKS}
    with tempfile.TemporaryDirectory() as name:
        for n in faces:
            draw(folder := Path(name) / str(n), n)
            for task in TASKS:
                for values, value in zip((seconds[task], peak[task]), measured(task, folder), strict=True):
                    values.append(value)
                print(f"{task:13} {n:7,} faces {seconds[task][-1]:7.1f} s {peak[task][-1]:6,.0f} MiB", flush=True)
    power = {task: np.polyfit(np.log(faces), np.log(values), 1)[0] for task, values in seconds.items()}
    for task, memory in peak.items():
        print(
            f"{task:13} grows with faces to the power of {power[task]:.2f}; "
            f"memory at {faces[-1]:,} is {memory[-1] / memory[-2]:.2f} times that at {faces[-2]:,}"
        )
    store.save_figure(
        curve(faces, seconds, power), paths.REPOSITORY / "reports" / "benchmarks" / f"growth-{faces[-1]}.png"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
    else:
        main([int(n) for n in sys.argv[1:]] or [*FACES])
