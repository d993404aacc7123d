"""How long is a training step of each network, in single and in mixed precision, and with XLA?

python benchmarks/training_step.py
"""

import time
from collections.abc import Callable

import keras
import numpy as np
from keras_tuner import HyperParameters

from mien import training
from mien.engine import xla
from mien.features import distances, mesh_graph
from mien.models import dense, fusion, keypoints, mesh_gnn, resnet
from mien.vocabulary import topology

POLICIES = ("float32", "mixed_bfloat16")
CLASSES = 7
STEPS = 10
RNG = np.random.default_rng(0)


def table(subset: str) -> np.ndarray:
    """As many distances as a subset has, of 500 faces."""
    return RNG.normal(size=(500, len(distances.pairs(subset)))).astype(np.float32)


def joined() -> keras.Model:
    """The small network of pictures, joined with that of distances."""
    seeing = resnet.build(HyperParameters(), (48, 48), CLASSES, "small")
    return fusion.join(HyperParameters(), seeing, dense.build(HyperParameters(), table("enm"), CLASSES), CLASSES)


def on_mesh() -> keras.Model:
    """The graph network on MediaPipe's mesh."""
    meshes = RNG.normal(size=(200, 478, 3)).astype(np.float32)
    return mesh_gnn.build(HyperParameters(), meshes, mesh_graph.adjacency(topology.mesh_edges()), CLASSES)


NETWORKS: dict[str, tuple[Callable[[], keras.Model], int]] = {
    "all": (lambda: dense.build(HyperParameters(), table("all"), CLASSES), 256),
    "enm": (lambda: dense.build(HyperParameters(), table("enm"), CLASSES), 256),
    "enm_images": (joined, 64),
    "small": (lambda: resnet.build(HyperParameters(), (48, 48), CLASSES, "small"), 64),
    "resnet_face": (lambda: resnet.build(HyperParameters(), (48, 48), CLASSES, "face"), 64),
    "mesh_gnn": (on_mesh, 128),
    "keypoint_resnet": (lambda: keypoints.build(HyperParameters(), (96, 96), "face"), 64),
}
"""Name -> what builds the network, and faces in a step, as its notebook has them."""


def step(build: Callable[[], keras.Model], batch: int, policy: str, by_xla: bool = False) -> float:
    """Seconds of a step, the median of some."""
    keras.config.set_dtype_policy(policy)
    network = build()
    network.compile("adamw", keras.losses.MeanSquaredError())
    if not by_xla:
        xla.spare(network)
    x = {each.name: RNG.normal(size=(batch, *each.shape[1:])).astype(np.float32) for each in network.inputs}
    y = np.zeros((batch, *network.output_shape[1:]), np.float32)
    network.train_on_batch(x, y)
    times = []
    for _ in range(STEPS):
        start = time.perf_counter()
        network.train_on_batch(x, y)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    print(f"the processor's own precision: {training.precision()}")
    for name, (build, batch) in NETWORKS.items():
        single, mixed = (step(build, batch, policy) for policy in POLICIES)
        compiled = step(build, batch, training.precision(), by_xla=True)
        print(
            f"{name:15} {batch:3} faces a step: float32 {1e3 * single:6.1f} ms, mixed {1e3 * mixed:6.1f} ms: "
            f"{single / mixed:.2f} times as fast; with XLA {1e3 * compiled:6.1f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
