"""A camera, a window, keys: what `mien live` does."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from speech_recognition import AudioData

from mien.inference import overlay
from mien.live import speech
from mien.live.microphone import Microphone
from mien.live.sentence import sentence
from mien.live.stream import Frame
from mien.live.watcher import Watcher
from mien.live.window import Window
from mien.live.writer import Writer

KEYS = "q quit   k keypoints   m mesh   space speak"

SMOOTHING = 0.9
"""Share that the frame rate keeps of what it was at the last frame."""

RATE = 20.0
"""Frames a second of a recording."""

STANDS = 8.0
"""Seconds for which a sentence stands on the screen."""


class Session:
    """Shows what a watcher sees until a key or the end of the frames ends it.

    Args:
        watcher: looks at the frames.
        window: shows them.
        listen: a recording -> its words; raises `speech.NotUnderstood` or `OSError`.
        microphone: records what is said.
    """

    def __init__(
        self, watcher: Watcher, window: Window, listen: Callable[[AudioData], str], microphone: Microphone | None = None
    ):
        self.watcher, self.window, self.listen = watcher, window, listen
        self.microphone = microphone or Microphone()
        self.keypoints, self.mesh, self.rate = True, False, 0.0
        self._said, self._until, self._expression = "", 0.0, ""
        self._heard: Future | None = None
        self._last = time.perf_counter()
        self._ears = ThreadPoolExecutor(1)

    def run(self, frames: Iterable[Frame], writer: Writer | None = None) -> None:
        """Show frames, and record what is shown if there is a writer.

        Raises:
            stream.Unavailable: as the frames do.
        """
        try:
            for frame in frames:
                shown = self._drawn(frame)
                if writer:
                    writer.write(shown, frame.seconds)
                if not self._obey(self.window.show(shown), frame.seconds):
                    return
        finally:
            self._ears.shutdown(wait=False, cancel_futures=True)

    def _drawn(self, frame: Frame) -> np.ndarray:
        faces = self.watcher.look(frame)
        image = frame.image
        if self.mesh:
            image = overlay.with_meshes(image, [face.mesh for face in self.watcher.found if face.mesh is not None])
        image = overlay.annotated(image, faces, self.watcher.predictor.classes, keypoints=self.keypoints)
        self._count()
        self._hear(faces, frame.seconds)
        said = [self._said] if frame.seconds < self._until else []
        return overlay.with_lines(image, [*said, f"{self.rate:.0f} frames a second", KEYS])

    def _count(self) -> None:
        now = time.perf_counter()
        rate = 1 / max(now - self._last, 1e-6)
        self.rate = SMOOTHING * self.rate + (1 - SMOOTHING) * rate if self.rate else rate
        self._last = now

    def _hear(self, faces: pd.DataFrame, seconds: float) -> None:
        """Remember what is shown while somebody speaks, and make a sentence once the words are known."""
        if self.microphone.on and len(faces) and isinstance(faces["expression"].iloc[0], str):
            self._expression = faces["expression"].iloc[0]
        if self._heard and self._heard.done():
            try:
                self._say(sentence(self._heard.result(), self._expression or "neutral"), seconds)
            except (ValueError, OSError) as error:
                self._say(str(error), seconds)
            self._heard = None

    def _say(self, text: str, seconds: float, stands: float = STANDS) -> None:
        self._said, self._until = text, seconds + stands

    def _obey(self, key: str, seconds: float) -> bool:
        """Do what a key asks for; False to end."""
        if key == "k":
            self.keypoints = not self.keypoints
        elif key == "m":
            self.mesh = not self.mesh
        elif key == " ":
            self._speak(seconds)
        return key not in ("q", "\x1b")

    def _speak(self, seconds: float) -> None:
        """Begin to listen, or end and ask for the words."""
        if self.microphone.on:
            self._heard = self._ears.submit(self.listen, self.microphone.stop())
            self._say("thinking", seconds)
            return
        try:
            self.microphone.start()
            self._expression = ""
            self._say("listening: space ends", seconds, float("inf"))
        except OSError as error:
            self._say(str(error), seconds)


def show(frames: Iterator[Frame], watcher: Watcher, window: Window, engine: str, record: Path | None) -> None:
    """Run a session, recorded to an mp4 file or not.

    Raises:
        ValueError: there is no such engine.
        OSError: the frames end, or the file cannot be written.
    """
    speech.check(engine)
    session = Session(watcher, window, lambda sound: speech.recognised(sound, engine, "what was said"))
    if record is None:
        session.run(frames)
        return
    first = next(frames)
    height, width = first.image.shape[:2]
    with Writer(record, RATE, (width, height)) as writer:
        session.run(chain([first], frames), writer)
