"""Pictures one after the other, from a video's file or a camera: upright, and RGB, never OpenCV's BGR."""

import math
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from mien.engine.missing import check_file

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # of a camera an error says it, once

SLACK = 0.5
"""Seconds by which a whole file may end before it says: sound and pictures seldom end together."""

FAILURES = (av.FFmpegError, OSError)
"""What PyAV raises: the latter where FFmpeg passes an error of the system on."""


class Unavailable(OSError):
    """A camera that gives no pictures."""


@dataclass(frozen=True)
class Frame:
    """One picture of a stream.

    Attributes:
        image: (height, width, 3) uint8 RGB.
        seconds: since the beginning of the video, or since the camera was opened.
        lasts: for how many seconds it is shown, as the file says; 0: it does not say.
    """

    image: np.ndarray
    seconds: float
    lasts: float = 0.0


@dataclass(frozen=True)
class Video:
    """A video file that can be read.

    Attributes:
        path: the file.
        rate: frames a second, on average.
        frames: how many the file says it has; 0 where it does not say.
        size: width and height of its first frame in pixels.
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
            ValueError: it is no file, or no video that FFmpeg can read.
        """
        check_file(path)
        with _opened(path) as reading:
            first, stream = next(iter(reading), None), reading.stream
            if first is None:
                raise _unreadable(path, "it has no whole frame")
            height, width, _ = _upright(first, stream).shape
            return cls(path, float(stream.average_rate or stream.guessed_rate or 25), stream.frames, (width, height))

    def __iter__(self) -> Iterator[Frame]:
        """Its frames, at the file's own times; a warning if it breaks off, or if some cannot be read.

        Raises:
            ValueError: none can be read.
        """
        n, last = 0, -math.inf
        with _opened(self.path) as reading:
            for frame in reading:
                said = -math.inf if frame.time is None else frame.time - reading.start
                last = said if said > last else max(last + 1 / self.rate, 0)  # what is no container says no times
                yield Frame(_upright(frame, reading.stream), last, float((frame.duration or 0) * frame.time_base))
                n += 1
            if not n:
                raise _unreadable(self.path, "it has no whole frame")
            if reading.breaks_off(last + 1.5 / self.rate):
                of = f"{n:,} of {self.frames:,} frames" if n < self.frames else f"{last:.1f} seconds"
                warnings.warn(f"{self.path} breaks off after {of}", stacklevel=2)
            elif reading.lost:
                warnings.warn(f"{self.path} is damaged: {reading.lost:,} frames cannot be read", stacklevel=2)


class _Reading:
    """The pictures of an open file, one by one, and how much of it there is.

    Attributes:
        stream: of the pictures.
        start: where the file begins, in its own seconds.
        lost: packets that cannot be decoded.
    """

    def __init__(self, container: InputContainer, stream: VideoStream):
        self.container, self.stream, self.lost = container, stream, 0
        self.start = max(container.start_time or 0, 0) / av.time_base
        self._packets, self._ends = 0, defaultdict(float)

    def __iter__(self) -> Iterator[av.VideoFrame]:
        with suppress(*FAILURES):  # what comes before the damage is there
            for packet in self.container.demux():
                of = packet.stream.index  # `stream_index` is 0 of the last packets, which ask for what is held back
                if packet.pts is not None:
                    self._ends[of] = max(
                        self._ends[of], float((packet.pts + (packet.duration or 0)) * packet.time_base)
                    )
                if of == self.stream.index:
                    yield from self._decoded(packet)

    def _decoded(self, packet: av.Packet) -> list[av.VideoFrame]:
        if not packet.size and packet.dts is not None:  # Theora's way to say that nothing has changed
            return []
        self._packets += packet.size > 0
        try:
            return packet.decode()
        except FAILURES:
            self.lost += 1
            return []

    def breaks_off(self, end: float) -> bool:
        """Whether there is less than the file says, or nothing that can be decoded from some seconds on to its end."""
        listed = 0 if "mov" in self.container.format.name else self.stream.frames  # of mov, also what an edit cuts off
        ends = max(self._ends.values(), default=0.0)
        return (
            ends < (self.container.duration or 0) / av.time_base - SLACK
            or self._packets + 1 < listed
            or (self.lost > 0 and end + self.start < self._ends[self.stream.index])
        )


@contextmanager
def _opened(path: Path) -> Iterator[_Reading]:
    """A file by its name as it is, which FFmpeg may take for an address. It may name other files, and no addresses."""
    try:
        container = av.open(f"file:{path}", metadata_errors="replace", options={"protocol_whitelist": "file"})
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    except av.FFmpegError as error:
        raise _unreadable(path, error.strerror) from None
    with container:
        stream = container.streams.best("video")
        if stream is None or stream.disposition & Disposition.attached_pic:
            raise _unreadable(path, "it has no pictures" if stream is None else "its one picture is a cover")
        stream.thread_type = "AUTO"
        yield _Reading(container, stream)


def _unreadable(path: Path, why: str) -> ValueError:
    return ValueError(f"{path} is no video that can be read: {why}; expected e.g. mp4, avi, mov or webm")


def _upright(frame: av.VideoFrame, stream: VideoStream) -> np.ndarray:
    """(y, x, 3) uint8: with pixels as wide as high, and turned as the file asks for, by whole right angles.

    Whether it is to be mirrored, too, PyAV does not say: its `side_data` (18.1) frees twice what names an ICC profile.
    """
    width, height, aspect = frame.width, frame.height, float(stream.sample_aspect_ratio or 1)
    if 1 / 8 < aspect < 8:  # what is beyond is damage
        width, height = round(width * max(aspect, 1)), round(height / min(aspect, 1))
    image = frame.reformat(width, height, "rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)))


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
