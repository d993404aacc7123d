"""The window, on a display that nobody sees."""

import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import ImageGrab

from mien.live.window import NoDisplay, Window

COLOUR = (250, 100, 20)

SHOWS = f"""
import numpy as np
from mien.live.window import Window
with Window("mien") as window:
    while not (key := window.show(np.full((240, 320, 3), {COLOUR}, np.uint8))):
        pass
print(key)
"""


@pytest.fixture
def display():
    """The name of a display of 800x600."""
    missing = [name for name in ("Xvfb", "xdotool") if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}")
    told, tells = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(tells), "-screen", "0", "800x600x24"], pass_fds=[tells])
    os.close(tells)
    with os.fdopen(told) as number:
        yield f":{number.readline().strip()}"
    server.terminate()
    server.wait()


def coloured(display):
    """How many pixels of the display have the colour that is shown."""
    screen = np.asarray(ImageGrab.grab(xdisplay=display))
    return (np.abs(screen.astype(int) - COLOUR) <= 2).all(axis=-1).sum()


def until(condition, running, seconds=120):
    """Wait for what another program is about to do, as long as it runs."""
    deadline = time.monotonic() + seconds
    while not condition() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)


def test_a_picture_is_shown_in_its_size_and_its_colours_and_a_key_is_heard(display):
    environment = os.environ | {"DISPLAY": display}
    press = ["xdotool", "search", "--name", "^mien$", "windowfocus", "key", "k"]
    running = subprocess.Popen([sys.executable, "-c", SHOWS], env=environment, stdout=subprocess.PIPE, text=True)
    until(lambda: coloured(display) >= 320 * 240, running)
    shown = coloured(display)
    # A window may be on the screen before it has its name, or can be given the focus: press until a key is heard.
    until(lambda: subprocess.run(press, env=environment).returncode == 0, running)
    assert running.communicate(timeout=60)[0] == "k\n"
    assert shown == 320 * 240


@pytest.fixture
def displays(monkeypatch):
    """Sets what names a display, on Linux; none is named at first."""
    if sys.platform != "linux":
        pytest.skip("other systems name no display")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_without_a_display_it_says_what_to_do_instead(displays):
    with pytest.raises(NoDisplay, match="there is no display to open a window on: `mien video"):
        Window("mien")


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_that_is_gone_is_refused_and_ends_nothing(displays, name):
    displays(name, ":7777")
    with pytest.raises(NoDisplay, match="no window opens on the display :7777: is it still there.*`mien video"):
        Window("mien")


def test_the_command_refuses_where_there_is_no_display(displays, mien):
    result = mien("live")
    assert result.exit_code == 2
    assert result.output.startswith("mien: there is no display")
