"""Pictures one after the other, from files, a video or a camera: RGB, never OpenCV's BGR."""

import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mien.inference.outputs import VIDEO_MARK

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # an error says it, once


class Unavailable(OSError):
    """A camera that gives no pictures."""


@dataclass(frozen=True)
class Frame:
    """One picture of a stream.

    Attributes:
        image: (height, width, 3) uint8 RGB.
        seconds: since the beginning of the video, or since the camera was opened.
    """

    image: np.ndarray
    seconds: float


@dataclass(frozen=True)
class Video:
    """A video file that can be read.

    Attributes:
        path: the file.
        rate: frames a second.
        frames: how many the file says it has; 0 where it does not say.
        size: width and height in pixels.
    """

    path: Path
    rate: float
    frames: int
    size: tuple[int, int]

    @classmethod
    def open(cls, path: Path) -> "Video":
        """Look into a file.

        Raises:
            FileNotFoundError: it is not there.
            ValueError: it is no video that OpenCV can read.
        """
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there")
        capture = cv2.VideoCapture(str(path))
        try:
            width, height = (int(capture.get(what)) for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
            rate, frames = capture.get(cv2.CAP_PROP_FPS), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
            if not capture.isOpened() or not width * height:
                raise ValueError(f"{path} is no video that can be read: expected e.g. mp4, avi, mov or webm")
            return cls(path, rate if rate > 0 else 25.0, max(frames, 0), (width, height))
        finally:
            capture.release()

    def __iter__(self) -> Iterator[Frame]:
        """Its frames; a warning if there are fewer than the file says."""
        capture, n = cv2.VideoCapture(str(self.path)), 0
        try:
            while (image := _grabbed(capture)) is not None:
                yield Frame(image, n / self.rate)
                n += 1
        finally:
            capture.release()
        if n < self.frames:
            warnings.warn(f"{self.path} breaks off after {n:,} of {self.frames:,} frames", stacklevel=2)


def camera(number: int, open: Callable[[int], "cv2.VideoCapture"] = cv2.VideoCapture) -> Iterator[Frame]:
    """The pictures of a camera, until who asks for them stops.

    Args:
        number: 0 is the first camera.
        open: gives something with the methods of OpenCV's capture.

    Raises:
        Unavailable: there is no such camera, another program has it, or it stops giving pictures.
    """
    capture, start = open(number), time.perf_counter()
    try:
        if not capture.isOpened():
            raise Unavailable(f"camera {number} does not open: is it plugged in, and does no other program use it?")
        while (image := _grabbed(capture)) is not None:
            yield Frame(image, time.perf_counter() - start)
        raise Unavailable(f"camera {number} gives no more pictures: is it still plugged in?")
    finally:
        capture.release()


def _grabbed(capture: cv2.VideoCapture) -> np.ndarray | None:
    whole, image = capture.read()
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if whole else None


class Writer:
    """Writes pictures to an mp4 file, which `inference.outputs` knows again, as a context manager.

    Args:
        path: replaced if it is there, once all is written.
        rate: frames a second.
        size: width and height of every picture.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, rate: float, size: tuple[int, int]):
        self.path, self._part = path, path.with_name(f".{os.getpid()}.{path.stem}.mp4")
        self._video = cv2.VideoWriter(str(self._part), cv2.VideoWriter_fourcc(*"mp4v"), rate, size)
        if not self._video.isOpened():
            raise OSError(f"{path} cannot be written: is its folder there, and may it be written to?")

    def write(self, image: np.ndarray) -> None:
        """Append a picture, (height, width, 3) uint8 RGB."""
        self._video.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._video.release()
        with self._part.open("ab") as file:
            file.write(VIDEO_MARK)
        if kind in (None, KeyboardInterrupt):  # who stops a recording wants it
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)
