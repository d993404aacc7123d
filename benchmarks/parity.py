"""Does LiteRT find with MediaPipe's models what MediaPipe's own runtime finds with them?

python benchmarks/parity.py        300 faces of FER2013 where `MIEN_RAW` has them, and 50 scenes of sampled faces
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from mien.engine import paths, store
from mien.face_model import FaceModel
from mien.landmarks import bundle, mediapipe478, mediapipe_tasks
from mien.landmarks.mediapipe478 import Face
from mien.landmarks.mesh_detector import MeshDetector
from mien.sources import fer2013
from mien.vocabulary import topology

FACES, SCENES = 300, 50
SAME, DISTANCE, BLENDSHAPE = 0.98, 0.005, 0.03  # least share found alike; most that points and blendshapes may differ
ANSWERS = paths.REPOSITORY / "tests" / "landmarks" / "mediapipe_tasks.json"

Pair = tuple[Face | None, Face | None]
"""What MediaPipe and what LiteRT says of a face."""


def portraits() -> np.ndarray:
    """(4, 120, 120) uint8: NASA's portrait of Eileen Collins, in the mirror, darker, and coarser, for the tests."""
    face = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)[50:170, 160:280]
    coarse = face.reshape(40, 3, 40, 3).mean(axis=(1, 3)).astype(np.uint8).repeat(3, axis=0).repeat(3, axis=1)
    return np.stack([face, face[:, ::-1], face // 3, coarse])


def scene(model: FaceModel, seed: int) -> np.ndarray:
    """(480, 640, 3) uint8: one to three sampled faces of 110 to 220 pixels, turned by up to 25 degrees."""
    rng = np.random.default_rng(seed)
    picture = cv2.resize(rng.integers(0, 256, (6, 8), np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
    for left in rng.permutation([0, 210, 420])[: rng.integers(1, 4)]:
        (drawn,) = model.render(*model.sample(1, int(rng.integers(7)), int(rng.integers(1 << 30))), 96)
        side, turn, top = rng.integers(110, 221), rng.uniform(-25, 25), rng.integers(0, 260)
        matrix = cv2.getRotationMatrix2D((48, 48), turn, side / 96)
        matrix[:, 2] += [left + side / 2 - 48, top + side / 2 - 48]
        cv2.warpAffine(drawn, matrix, (640, 480), picture, borderMode=cv2.BORDER_TRANSPARENT)
    return cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)


def of_crops(images: np.ndarray) -> Iterable[Pair]:
    """Both answers to every picture of one face."""
    models = bundle.models()
    for image in images:
        yield mediapipe_tasks.first(image), mediapipe478.first(models, image)


def of_scenes(n: int) -> Iterable[Pair]:
    """Both answers to every face in sampled scenes; faces are the same whose noses are nearest."""
    models, model = bundle.models(), FaceModel.open()
    for seed in range(n):
        image = scene(model, seed)
        meshes = [found.mesh for found in MeshDetector(models).find(image)]
        ours = [Face(mesh, mediapipe478.blendshapes(models, mesh)) for mesh in meshes]
        for theirs in mediapipe_tasks.find(image, faces=10, confidence=0.5):
            apart = [np.linalg.norm(own.points[4] - theirs.points[4]) for own in ours]
            near = bool(apart) and min(apart) < 0.25 * _eyes(theirs)
            yield theirs, ours.pop(int(np.argmin(apart))) if near else None
        yield from ((None, own) for own in ours)


def _eyes(face: Face) -> float:
    return topology.interocular(topology.as_dlib68(face.points[:, :2]))


def compared(name: str, pairs: Iterable[Pair]) -> bool:
    """Print how much both differ; whether that is little enough."""
    pairs = list(pairs)
    seen = [pair for pair in pairs if any(pair)]
    both = [pair for pair in seen if all(pair)]
    same = (len(both) + len(pairs) - len(seen)) / len(pairs)
    far = [np.linalg.norm((a.points - b.points)[:, :2], axis=1).mean() / _eyes(a) for a, b in both]
    scores = np.array([np.abs(a.blendshapes - b.blendshapes) for a, b in both])
    print(
        f"{name}: {same:.1%} of {len(pairs)} found or lost alike, {len(both)} found by both; points differ by "
        f"{np.mean(far):.3%} of the eyes' distance on average, {np.max(far):.2%} in the worst face; blendshapes by "
        f"{scores.mean():.5f}, {scores.max():.4f} at most",
        flush=True,
    )
    return same >= SAME and np.mean(far) <= DISTANCE and scores.max() <= BLENDSHAPE


def some_of_fer2013() -> np.ndarray:
    """(300, 48, 48) uint8, drawn at random."""
    images = fer2013.read(paths.raw() / "fer2013")["image"].values
    return images[np.random.default_rng(0).choice(len(images), FACES, replace=False)]


def keep_answers(file: Path) -> None:
    """Write what MediaPipe says of the portraits: numbers that tests compare with and that never come from LiteRT."""
    faces = [mediapipe_tasks.first(image) for image in portraits()]
    answers = [
        {"points": np.round(f.points, 2).tolist(), "blendshapes": np.round(f.blendshapes, 4).tolist()} for f in faces
    ]
    with store.aside(file) as temporary:
        temporary.write_text(json.dumps(answers) + "\n", encoding="utf-8")


def same_lines() -> bool:
    """Whether the lines of the mesh are MediaPipe's."""
    from mediapipe.tasks.python.vision import FaceLandmarksConnections as Lines

    lines = (*Lines.FACE_LANDMARKS_TESSELATION, *Lines.FACE_LANDMARKS_RIGHT_IRIS, *Lines.FACE_LANDMARKS_LEFT_IRIS)
    theirs = {tuple(sorted((line.start, line.end))) for line in lines}
    print(f"lines of the mesh: {len(theirs):,}")
    return theirs == {tuple(edge) for edge in topology.mesh_edges().tolist()}


def main() -> bool:
    print(f"{mediapipe_tasks.SENDS}.", flush=True)
    whole = compared("sampled scenes", of_scenes(SCENES))
    if (paths.raw() / "fer2013").is_dir():
        whole &= compared("FER2013", of_crops(some_of_fer2013()))
    else:
        print(f"FER2013: not in {paths.raw()}, so not compared")
    whole &= same_lines()
    if whole:
        keep_answers(ANSWERS)
    return whole


if __name__ == "__main__":
    sys.exit(0 if main() else "MediaPipe's runtime and LiteRT differ by more than they should")
