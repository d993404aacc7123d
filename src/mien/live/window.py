"""A window on the screen."""

import os
import sys

import cv2
import numpy as np

WAIT = 1
"""Milliseconds in which a key may be pressed after a picture is shown; the camera sets the pace."""


class NoDisplay(OSError):
    """There is no screen to open a window on."""


class Window:
    """Shows pictures and hears keys; a context manager.

    Args:
        title: of the window.

    Raises:
        NoDisplay: there is no screen.
    """

    def __init__(self, title: str):
        if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise NoDisplay("there is no display to open a window on: `mien video FILE --save out.mp4` needs none")
        self.title = title
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        self._sized = False

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *error) -> None:
        cv2.destroyAllWindows()

    def show(self, image: np.ndarray) -> str:
        """Show a picture (height, width, 3) uint8 RGB; the key that was pressed, "q" when the window was closed."""
        if not self._sized:  # else it would be as large as an empty one
            cv2.resizeWindow(self.title, image.shape[1], image.shape[0])
            self._sized = True
        cv2.imshow(self.title, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(WAIT)
        if cv2.getWindowProperty(self.title, cv2.WND_PROP_VISIBLE) < 1:
            return "q"
        return chr(key & 0xFF) if key > 0 else ""
