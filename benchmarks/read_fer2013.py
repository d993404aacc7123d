"""Time and memory of reading a csv of 35,887 faces, beside `pandas.read_csv` and a `str.split` per row.

The best of three runs each, in seconds of processor time: both use one core, and other work must not count.
"""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from timeit import repeat

import numpy as np
import pandas as pd

FACES = 35_887

READ = """
import sys, time
from pathlib import Path
from timeit import repeat
from mien.engine import provenance
from mien.sources import fer2013

seconds = repeat(lambda: fer2013.read(Path(sys.argv[1])), timer=time.process_time, number=1, repeat=3)
print(min(seconds), provenance.peak_memory())
"""


def write(path: Path) -> None:
    """Write faces of random pixels: numbers of one to three digits, as in the real file."""
    random = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["emotion", "pixels", "Usage"])
        for i in range(FACES):
            rows.writerow([i % 7, " ".join(map(str, random.integers(0, 256, 48 * 48))), "Training"])


def read_with_pandas(path: Path) -> np.ndarray:
    """The baseline: (n, 48, 48) uint8."""
    pixels = pd.read_csv(path)["pixels"]
    return np.stack([np.array(text.split(), np.uint8) for text in pixels]).reshape(-1, 48, 48)


def main() -> None:
    """Measure the reader in a process of its own, then the baseline, on the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fer2013.csv"
        write(path)
        run = subprocess.run([sys.executable, "-c", READ, path], stdout=subprocess.PIPE, text=True, check=True)
        seconds, mebibytes = map(float, run.stdout.split())
        baseline = min(repeat(lambda: read_with_pandas(path), timer=time.process_time, number=1, repeat=3))
    print(f"{FACES:,} faces: reader {seconds:.2f} s, {mebibytes:.0f} MiB at its peak;")
    print(f"pandas and str.split {baseline:.2f} s, {baseline / seconds:.1f} times as long")


if __name__ == "__main__":
    main()
