"""How soon is the first answer there, what does a batch save, and does memory grow while frames go by?

python benchmarks/predict.py
"""

import subprocess
import sys
import time

import numpy as np
from skimage import data

from mien.engine import provenance
from mien.inference import Predictor
from mien.live import opening
from mien.live.stream import Frame

CROPS = 2_000
ALONE = 50
FRAMES = 5_000

FIRST = """
from skimage import data
from mien.inference import Predictor

assert len(Predictor.open().predict(data.astronaut())) == 1
"""


def first() -> float:
    """Seconds from the start of Python to the first prediction."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", FIRST], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def batch(predictor: Predictor) -> tuple[float, float]:
    """Seconds a face, one call for all and one call for each."""
    faces = np.random.default_rng(0).integers(0, 256, (CROPS, 48, 48), np.uint8)
    predictor.predict(faces[:512])
    predictor.predict(faces[:1])
    start = time.perf_counter()
    predictor.predict(faces)
    together = time.perf_counter() - start
    start = time.perf_counter()
    for face in faces[:ALONE]:
        predictor.predict(face[None])
    return together / CROPS, (time.perf_counter() - start) / ALONE


def growth() -> tuple[int, int]:
    """Peak memory in MiB after a tenth of the frames, and after all."""
    portrait, peaks = data.astronaut(), []
    with opening.watcher("small-emotion7", "auto") as watcher:
        for i in range(FRAMES):
            watcher.look(Frame(np.roll(portrait, round(40 * np.sin(i / 20)), axis=1), i / 25))
            if i + 1 in (FRAMES // 10, FRAMES):
                peaks.append(provenance.peak_memory())
    return tuple(peaks)


def main() -> None:
    print(f"the first prediction is there after {first():.1f} s")
    for keypoints in ("keypoints15", None):
        together, alone = batch(Predictor.open(keypoints=keypoints))
        print(
            f"{'with' if keypoints else 'without'} keypoints: {CROPS:,} faces together {1e3 * together:.2f} ms a face, "
            f"alone {1e3 * alone:.1f} ms: {alone / together:.1f} times as long"
        )
    early, late = growth()
    print(f"peak memory {early:,} MiB after {FRAMES // 10:,} frames, {late:,} MiB after {FRAMES:,}")


if __name__ == "__main__":
    main()
