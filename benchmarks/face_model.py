"""How fast are faces drawn on one core, beside finding a face with dlib, which every pipeline has to wait for?

python benchmarks/face_model.py
"""

import time

import cv2

from mien.face_model import FaceModel
from mien.landmarks import dlib68

FACES = 500


def main() -> None:
    """Draw faces at both sizes, then look for them again."""
    cv2.setNumThreads(1)
    model = FaceModel.open()
    parameters = model.sample(FACES, emotion=3, seed=0)
    for size in (48, 96):
        start = time.perf_counter()
        images = model.render(*parameters, size)
        drawn = time.perf_counter() - start
        start = time.perf_counter()
        for image in images[:100]:
            dlib68.landmarks(image)
        found = (time.perf_counter() - start) / 100 * FACES
        print(f"{size}x{size}: {FACES / drawn:.0f} faces a second, {found / drawn:.0f} times as fast as finding them")


if __name__ == "__main__":
    main()
