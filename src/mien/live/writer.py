"""Annotated videos in files."""

import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from mien.engine import store
from mien.inference.outputs import VIDEO_MARK

CLOCK = 90_000
"""Ticks a second of a video's times: a multiple of nearly every rate of frames (ISO/IEC 13818-1 has the same)."""


class Writer:
    """Writes pictures to an mp4 file, which `inference.outputs` knows again, as a context manager.

    Each is shown from its own time on until the next one's, the first from the beginning.

    Args:
        path: replaced if it is there, or what it links to, once all is written; without a picture nothing is.
        rate: frames a second, of pictures that come without a time.
        size: width and height, to which a picture of another size is scaled; H.264 makes them even.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, rate: float, size: tuple[int, int]):
        self.path, self.rate = path, rate
        self._target = Path(os.path.realpath(path))
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._part = self._target.with_name(f".{os.getpid()}.mp4")
        with store.naming(self.path, self._part):
            self._container = self._opened()
        self._stream = self._container.add_stream(
            "libx264", Fraction(rate).limit_denominator(CLOCK), {"preset": "veryfast", "tune": "zerolatency"}
        )
        self._stream.width, self._stream.height = (length + length % 2 for length in size)
        self._stream.pix_fmt, self._stream.codec_context.time_base = "yuv420p", Fraction(1, CLOCK)
        self._waiting: av.Packet | None = None
        self._since, self._stands = -1 / rate, 1 / rate

    def _opened(self) -> av.container.OutputContainer:
        try:
            self._part.write_bytes(VIDEO_MARK)  # says what is wrong in the system's words
            return av.open(f"file:{self._part}", "w", format="mp4")
        except OSError:
            self._part.unlink(missing_ok=True)
            raise

    def write(self, image: np.ndarray, seconds: float | None = None, lasts: float = 0.0) -> None:
        """Append a picture.

        Args:
            image: (height, width, 3) uint8 RGB.
            seconds: from when on it is shown; without, a frame after the last.
            lasts: for how many seconds, should it be the last; 0: as long as the one before.
        """
        seconds = self._since + 1 / self.rate if seconds is None else seconds
        self._stands, self._since = lasts or (seconds - self._since if self._waiting else 1 / self.rate), seconds
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")
        frame.pts = max(round(CLOCK * seconds), self._waiting.pts + 1) if self._waiting else 0
        frame.time_base = Fraction(1, CLOCK)
        for packet in self._stream.encode(frame):  # one, without latency
            self._pass_on(packet.pts)
            self._waiting = packet

    def _pass_on(self, until: int) -> None:
        """Write the packet that waits, of a picture that is shown until some time."""
        if self._waiting:
            self._waiting.duration = until - self._waiting.pts
            with store.naming(self.path, self._part):
                self._container.mux(self._waiting)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind, error, trace) -> None:
        try:
            if self._waiting and kind in (None, KeyboardInterrupt):  # who stops a recording wants it
                self._keep()
        finally:
            with suppress(OSError):  # what is thrown away, or already said to be lost
                self._container.close()
            self._part.unlink(missing_ok=True)

    def _keep(self) -> None:
        self._pass_on(round(CLOCK * (self._since + self._stands)))
        with store.naming(self.path, self._part):
            self._container.close()
            with self._part.open("ab") as file:
                file.write(VIDEO_MARK)
            self._part.replace(self._target)
