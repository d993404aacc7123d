"""How much faster are all distances of a face at once than nested loops, and how much memory do they take?

python benchmarks/distances.py
"""

import time
from multiprocessing import get_context

import numpy as np

from mien.engine import provenance, store
from mien.features import distances

FACES = 35_887
SLICE = 20


def nested_loops(points: np.ndarray) -> list[list[float]]:
    """Every pair of every face in plain Python, as notebooks of the field do it."""
    table = []
    for face in points:
        scale = np.linalg.norm(face[36:42].mean(axis=0) - face[42:48].mean(axis=0))
        row = []
        for i in range(len(face)):
            for j in range(i + 1, len(face)):
                row.append(np.linalg.norm(face[i] - face[j]) / scale)
        table.append(row)
    return table


def blockwise(points: np.ndarray, which: np.ndarray) -> None:
    """All faces, a block at a time, as the pipeline does it."""
    for start in range(0, len(points), store.BLOCK):
        distances.pairwise(points[start : start + store.BLOCK], which)


def timed(function, *arguments) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def memory(faces: int, results) -> None:
    """Put the growth of this process's peak memory, in MiB, while it measures some faces."""
    points = np.random.default_rng(0).uniform(0, 48, (faces, 68, 2)).astype(np.float32)
    before = provenance.peak_memory()
    blockwise(points, distances.pairs("all"))
    results.put(provenance.peak_memory() - before)


def main() -> None:
    points = np.random.default_rng(0).uniform(0, 48, (FACES, 68, 2)).astype(np.float32)
    which = distances.pairs("all")
    np.testing.assert_allclose(distances.pairwise(points[:2], which), nested_loops(points[:2]), rtol=1e-3)
    slow = timed(nested_loops, points[:SLICE]) / SLICE
    fast = min(timed(blockwise, points, which) for _ in range(3)) / FACES
    print(f"nested loops {1e3 * slow:.2f} ms a face, vectorised {1e3 * fast:.4f} ms: {slow / fast:.0f} times faster")
    context = get_context("spawn")
    for faces in (FACES // 10, FACES):
        results = context.Queue()
        process = context.Process(target=memory, args=(faces, results))
        process.start()
        print(f"{faces:6,} faces: peak memory grows by {results.get()} MiB")
        process.join()


if __name__ == "__main__":
    main()
