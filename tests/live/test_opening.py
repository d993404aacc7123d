import cv2
import numpy as np

from mien.live import opening
from mien.live.stream import Frame


def test_a_face_too_small_for_mediapipe_is_found_all_the_same(portrait):
    frame = np.full((720, 1280, 3), 128, np.uint8)
    frame[300:540, 600:840] = cv2.resize(portrait, (240, 240))[..., None]  # under a fifth of its width
    for detector in ("blaze", "mesh"):
        (face,) = opening.watcher("small-emotion7", detector).look(Frame(frame, 0.0)).itertuples()
        assert face.left < 720 < face.right
        assert face.top < 420 < face.bottom
