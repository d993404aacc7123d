"""Time and memory of reading a csv of 35,887 faces, beside `pandas.read_csv`; time of splitting lines, three ways.

The tables are as large as FER2013's and the keypoints'. The best of three runs each, in seconds of processor time: all
use one core, and other work must not count.
"""

import csv
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from timeit import repeat

import numpy as np
import pandas as pd

from mien.sources.csv_lines import lines

FACES = 35_887

KEYPOINTS = 7_049

READ = """
import sys, time
from pathlib import Path
from timeit import repeat
from mien.engine import provenance
from mien.sources import fer2013

seconds = repeat(lambda: fer2013.read(Path(sys.argv[1])), timer=time.process_time, number=1, repeat=3)
print(min(seconds), provenance.peak_memory())
"""


def write(path: Path, faces: int, size: int, *others: str) -> None:
    """Write faces of random pixels, numbers of one to three digits as in the real files, and other fields."""
    random = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["emotion", "pixels", "Usage", *map(str, range(len(others)))])
        for i in range(faces):
            rows.writerow([i % 7, " ".join(map(str, random.integers(0, 256, size**2))), "Training", *others])


def read_with_pandas(path: Path) -> np.ndarray:
    """The baseline: (n, 48, 48) uint8."""
    pixels = pd.read_csv(path)["pixels"]
    return np.stack([np.array(text.split(), np.uint8) for text in pixels]).reshape(-1, 48, 48)


def best(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    return min(repeat(work, timer=time.process_time, number=1, repeat=3))


def split(path: Path) -> str:
    """Split a table's lines in three ways; how long each takes."""

    def standard() -> None:
        with path.open(encoding="utf-8") as file:
            deque(csv.reader(file), 0)

    own = best(lambda: deque(lines(path, path.name), 0))
    pandas = best(lambda: pd.read_csv(path, dtype=str))
    return f"{path.name}: {own:.2f} s; csv.reader {best(standard) / own:.1f}, pandas {pandas / own:.1f} times as long"


def main() -> None:
    """Measure the reader in a process of its own, then the baseline, on the same file; and what splits the lines."""
    with tempfile.TemporaryDirectory() as folder:
        path, keypoints = Path(folder) / "fer2013.csv", Path(folder) / "training.csv"
        write(path, FACES, 48)
        write(keypoints, KEYPOINTS, 96, *["66.0335639098"] * 28)
        run = subprocess.run([sys.executable, "-c", READ, path], stdout=subprocess.PIPE, text=True, check=True)
        seconds, mebibytes = map(float, run.stdout.split())
        baseline = best(lambda: read_with_pandas(path))
        splits = [split(path), split(keypoints)]
    print(f"{FACES:,} faces: reader {seconds:.2f} s, {mebibytes:.0f} MiB at its peak;")
    print(f"pandas and str.split {baseline:.2f} s, {baseline / seconds:.1f} times as long")
    print("lines split alone:", *splits, sep="\n  ")


if __name__ == "__main__":
    main()
