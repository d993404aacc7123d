"""Sound from the microphone, from one press of a key to the next."""

import numpy as np
from speech_recognition import AudioData

RATE = 16_000
"""Samples a second: what pocketsphinx expects."""


class Microphone:
    """Records while it is on.

    Raises:
        OSError: there is no microphone, or no library for it.
    """

    def __init__(self):
        self._parts: list[np.ndarray] = []
        self._stream = None

    @property
    def on(self) -> bool:
        """Whether it records."""
        return self._stream is not None

    def start(self) -> None:
        """Begin to record."""
        import sounddevice  # here: without PortAudio its import fails, which is no matter until somebody speaks

        self._parts = []
        try:
            self._stream = sounddevice.InputStream(RATE, channels=1, dtype="int16", callback=self._take)
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self._stream = None
            raise OSError(f"no microphone: {error}") from error

    def stop(self) -> AudioData:
        """End the recording and give it."""
        stream, self._stream = self._stream, None
        stream.stop()
        stream.close()
        return AudioData(b"".join(part.tobytes() for part in self._parts), RATE, 2)

    def _take(self, samples: np.ndarray, *_) -> None:
        self._parts.append(samples.copy())
