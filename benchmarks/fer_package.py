"""How fast, and how often right, is Mien beside the package `fer` on the same frames and faces?

python benchmarks/fer_package.py PYTHON

PYTHON is the interpreter of an environment of its own, with fer==25.10.3, 'opencv-python<5' and 'setuptools<81'. Frames
show one face in 1280x720 pixels; a frame's time is from the frame to the expression, identities and keypoints included
where there are any. Faces are 100 of each expression of FER2013's PrivateTest (it has 55 of disgust), from $MIEN_RAW or
data/raw.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from mien.engine import paths
from mien.inference import Predictor
from mien.landmarks.detectors import DETECTORS
from mien.live import opening
from mien.live.stream import Frame
from mien.sources import fer2013
from mien.vocabulary.labels import EMOTIONS

FRAMES = 200
EACH = 100
MODELS = ("small-emotion7", "resnet_face-emotion7")

OTHER = """
import json, sys, time
import numpy as np
from fer.fer import FER

given, whole = np.load(sys.argv[1]), np.array([[0, 0, 48, 48]])
detector, seconds, found = FER(), [], 0
for frame in given["frames"]:
    start = time.perf_counter()
    faces = detector.detect_emotions(frame)
    seconds.append(time.perf_counter() - start)
    found += len(faces) == 1
said = [detector.detect_emotions(np.repeat(face[..., None], 3, 2), whole)[0]["emotions"] for face in given["faces"]]
print(json.dumps({"seconds": seconds, "found": found, "said": [max(one, key=one.get) for one in said]}))
"""


def clip() -> np.ndarray:
    """(frame, 720, 1280, 3) RGB: a portrait (NASA's of Eileen Collins) that goes to and fro before a wall."""
    portrait = cv2.resize(data.astronaut(), (720, 720), interpolation=cv2.INTER_CUBIC)
    frames = np.full((FRAMES, 720, 1280, 3), 90, np.uint8)
    for i, frame in enumerate(frames):
        left = round(280 + 200 * np.sin(i / 20))
        frame[:, left : left + 720] = portrait
    return frames


def faces() -> tuple[np.ndarray, np.ndarray]:
    """(face, 48, 48) and the names of their expressions."""
    test = fer2013.read(paths.raw() / "fer2013")
    test = test.isel(face=test["split"].values == "test")
    emotion = test["emotion"].values
    chosen = np.concatenate([np.flatnonzero(emotion == code)[:EACH] for code in range(len(EMOTIONS))])
    return test["image"].values[chosen], np.array(EMOTIONS)[emotion[chosen]]


def other(python: str, frames: np.ndarray, images: np.ndarray) -> dict:
    """What `fer` says, and its seconds for each frame."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.npz"
        np.savez(path, frames=frames[..., ::-1], faces=images)  # it takes BGR
        run = subprocess.run([python, "-W", "ignore", "-c", OTHER, path], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def ours(detector: str, frames: np.ndarray) -> dict:
    """Seconds for each frame, and in how many one face is found."""
    seconds, found = [], 0
    watcher = opening.watcher(MODELS[0], detector)
    watcher.look(Frame(frames[0], -1.0))  # what is loaded and compiled once
    for i, image in enumerate(frames):
        start = time.perf_counter()
        found += len(watcher.look(Frame(image, i / 25))) == 1
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "found": found}


def main(python: str) -> None:
    """Measure `fer` before and after, so that a machine that slows down favours nobody."""
    frames, (images, truth) = clip(), faces()
    before = other(python, frames, images)
    own = {detector: ours(detector, frames) for detector in DETECTORS}
    after = other(python, frames, images)
    theirs = np.median(before["seconds"] + after["seconds"])
    print(f"fer: {1 / theirs:.1f} frames a second (median), one face in {before['found']} of {FRAMES} frames")
    for detector, result in own.items():
        middle = np.median(result["seconds"])
        print(
            f"mien, {detector}: {1 / middle:.1f} frames a second, {theirs / middle:.1f} times as many; one face in "
            f"{result['found']} of {FRAMES} frames"
        )
    print(f"fer: {np.mean(np.array(before['said']) == truth):.3f} of {len(truth)} faces right")
    for model in MODELS:
        said = Predictor.open(model, keypoints=None).predict(images)["expression"]
        print(f"mien, {model}: {np.mean(said.to_numpy() == truth):.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
