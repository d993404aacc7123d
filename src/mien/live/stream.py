"""Pictures one after the other, from files, a video or a camera: RGB, never OpenCV's BGR."""

import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mien.engine import store
from mien.engine.missing import check_file
from mien.inference.outputs import VIDEO_MARK

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # an error says it, once
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # that is AV_LOG_QUIET: nor does FFmpeg

FASTEST = 60
"""Frames a second, at most, of a video that is written of one whose frames come unevenly."""


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
            ValueError: it is no file, or no video that OpenCV can read.
        """
        check_file(path)
        with _captured(path) as capture:
            width, height = (int(capture.get(what)) for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
            rate, frames = capture.get(cv2.CAP_PROP_FPS), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
            if not capture.isOpened() or not width * height:
                raise ValueError(f"{path} is no video that can be read: expected e.g. mp4, avi, mov or webm")
        return cls(path, rate if rate > 0 else 25.0, max(frames, 0), (width, height))

    def __iter__(self) -> Iterator[Frame]:
        """Its frames, at the file's own times; a warning if there are fewer than the file says.

        Raises:
            ValueError: none can be read.
        """
        n, last = 0, -math.inf
        with _captured(self.path) as capture:
            while (image := _grabbed(capture)) is not None:
                said = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                last = said if said > last else max(last, 0) + 1 / self.rate  # no time: the last of an MPEG-1 has none
                yield Frame(image, last)
                n += 1
        if not n:
            raise ValueError(f"{self.path} is no video that can be read: it has no whole frame")
        if n < self.frames:
            warnings.warn(f"{self.path} breaks off after {n:,} of {self.frames:,} frames", stacklevel=2)

    def pace(self) -> float:
        """Frames a second of a video in which each of its frames has a place; looks at their times without decoding.

        That is the file's rate where frames come evenly. A phone's in the dark do not, and a browser's recording has no
        rate but the 1,000 of its clock: there it is that of the two frames that are closest, `FASTEST` at most.
        """
        with _captured(self.path, cv2.CAP_PROP_FORMAT, -1) as capture:  # packets, in the order of decoding
            times = [capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 for _ in iter(capture.grab, False)]
        times = np.unique(times)
        if len(times) < 2:
            return min(self.rate, FASTEST)
        late = times - np.arange(len(times)) / self.rate
        if np.ptp(late) < 1 / self.rate:
            return self.rate
        return float(np.clip(round(1 / np.diff(times).min()), 1, FASTEST))


@contextmanager
def _captured(path: Path, *options: int) -> Iterator[cv2.VideoCapture]:
    """OpenCV's capture of a file that Python opens: of a name FFmpeg may think that it is an address or a pattern.

    It gets the number of the file, not the file itself: read through Python, a damaged one has ended the process.
    """
    with path.open("rb") as file:
        place = f"/dev/fd/{file.fileno()}" if os.name == "posix" else f"file:{path}"
        capture = cv2.VideoCapture(place, cv2.CAP_FFMPEG, options)
        try:
            yield capture
        finally:
            capture.release()


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
        path: replaced if it is there, or what it links to, once all is written; without a picture nothing is.
        rate: frames a second.
        size: width and height, to which a picture of another size is scaled.

    Raises:
        OSError: it cannot be written, or, in the end, not whole.
    """

    def __init__(self, path: Path, rate: float, size: tuple[int, int]):
        self.path, self.rate, self.size = path, rate, size
        self._target = Path(os.path.realpath(path))
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._part = self._target.with_name(f".{os.getpid()}.mp4")  # with a colon, its own name may say a protocol
        self._video = self._opened()
        self._shown, self._first, self._since, self._stood, self._written = None, 0.0, 0.0, 1 / rate, 0

    def _opened(self) -> cv2.VideoWriter:
        try:
            with store.naming(self.path, self._part):
                self._part.write_bytes(VIDEO_MARK)  # says what is wrong, as OpenCV does not
            video = cv2.VideoWriter(_encoded(self._part), cv2.VideoWriter_fourcc(*"mp4v"), self.rate, self.size)
            if not video.isOpened():
                raise OSError(f"{self.path} cannot be written: is the disk full?")
        except OSError:
            self._part.unlink(missing_ok=True)
            raise
        return video

    def write(self, image: np.ndarray, seconds: float | None = None) -> None:
        """Append a picture, which is shown until the next one, the last as long as that before, or see `hold`.

        Args:
            image: (height, width, 3) uint8 RGB.
            seconds: from when on, by any clock; without, a frame after the last.
        """
        seconds = self._since + 1 / self.rate if seconds is None else seconds
        if self._shown is None:
            self._first = seconds
        else:
            self._show(seconds)
            self._stood = seconds - self._since
        self._shown, self._since = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), self.size), seconds

    def hold(self, length: float) -> None:
        """Show the last picture until so many seconds after the first began, to the frame, if it began before that."""
        stands = self._first + length - self._since
        if stands > 0 and abs(stands - self._stood) >= 1 / self.rate:  # a file's mean rate may be rounded
            self._stood = stands

    def _show(self, until: float) -> None:
        """Write the picture that is shown as often as it takes."""
        due = round(self.rate * (until - self._first))
        for _ in range(due - self._written):
            self._video.write(self._shown)
        self._written = max(due, self._written)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind, error, trace) -> None:
        if self._shown is not None:
            self._show(self._since + self._stood)
        self._video.release()
        try:
            if self._shown is not None and kind in (None, KeyboardInterrupt):  # who stops a recording wants it
                self._keep()
        finally:
            self._part.unlink(missing_ok=True)

    def _keep(self) -> None:
        with store.naming(self.path, self._part):
            with self._part.open("ab") as file:
                file.write(VIDEO_MARK)
            with _captured(self._part) as capture:
                if capture.get(cv2.CAP_PROP_FRAME_COUNT) != self._written:  # OpenCV does not say that it cannot write
                    raise OSError(f"{self.path} cannot be written whole: is the disk full?")
            self._part.replace(self._target)


def _encoded(path: Path) -> str:
    """A path for OpenCV, which ends the process at one that is not UTF-8."""
    try:
        return str(path).encode().decode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{os.fsencode(path.parent)!r} is no folder to write a video to: its name is not UTF-8"
        ) from None
