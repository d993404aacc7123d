"""A window on the screen."""

import os
import subprocess
import sys

import cv2
import numpy as np

WAIT = 1
"""Milliseconds in which a key may be pressed after a picture is shown; the camera sets the pace."""


TRIED = 60
"""Seconds in which a display has to answer."""


class NoDisplay(ValueError):
    """There is no screen to open a window on."""


class Window:
    """Shows pictures and hears keys; a context manager.

    Args:
        title: of the window.

    Raises:
        NoDisplay: there is no screen.
    """

    def __init__(self, title: str):
        if sys.platform == "linux":
            _check_display()
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


def _check_display() -> None:
    """Refuse a display that is not there; Qt would end this process, and so a window is tried in another one.

    Raises:
        NoDisplay: none is named, or the one that is does not answer, such as that of a session that has ended.
    """
    instead = "`mien video FILE --save out.mp4` needs none"
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not display:
        raise NoDisplay(f"there is no display to open a window on: {instead}")
    try:
        command = [sys.executable, "-c", "import cv2; cv2.namedWindow('mien')"]
        subprocess.run(command, capture_output=True, check=True, timeout=TRIED)
    except subprocess.SubprocessError:
        raise NoDisplay(f"no window opens on the display {display}: is it still there, and yours? {instead}") from None
