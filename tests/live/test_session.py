"""A session whose window, camera, microphone and ears are the test's own."""

import numpy as np
import pandas as pd
import pytest

from mien.faces.detectors import Detection
from mien.live.session import KEYS, RATE, Session
from mien.live.speech import NotUnderstood
from mien.live.stream import Frame, Video
from mien.live.writer import Writer
from mien.vocabulary.topology import KEYPOINTS15

CLASSES = ("happy", "sad")


class Screen:
    """Presses keys, one a picture."""

    def __init__(self, keys):
        self.keys, self.shown = list(keys), []

    def show(self, image):
        self.shown.append(image)
        return self.keys.pop(0) if self.keys else "q"


class Seeing:
    """A watcher who sees one happy face with its mesh, always."""

    def __init__(self):
        self.predictor = type("", (), {"classes": CLASSES})
        self.found = [Detection((100, 100, 200, 200), np.random.default_rng(0).uniform(100, 200, (478, 3)))]

    def look(self, frame):
        box = {"left": 100, "top": 100, "right": 200, "bottom": 200, "id": 1, "seconds": frame.seconds}
        points = {f"{name}_{axis}": 150.0 for name in KEYPOINTS15 for axis in "xy"}
        return pd.DataFrame([{**box, "expression": "happy", "happy": 0.9, "sad": 0.1, **points}])


class Ear:
    """A microphone that hears nothing, but knows whether it is on."""

    on = False

    def start(self):
        self.on = True

    def stop(self):
        self.on = False
        return "sound"


def frames(rate=25):
    image = np.full((480, 640, 3), 100, np.uint8)
    n = 0
    while True:
        yield Frame(image, n / rate)
        n += 1


@pytest.fixture
def lines(monkeypatch):
    """What is written on each picture."""
    written = []
    monkeypatch.setattr("mien.inference.overlay.with_lines", lambda image, lines: written.append(lines) or image)
    return written


def session(keys, listen=lambda sound: "we won", microphone=None):
    return Session(Seeing(), Screen(keys), listen, microphone or Ear())


def differ(first, second):
    return (first != second).any()


def test_it_runs_until_q_with_its_keys_on_the_screen(lines):
    running = session(["", "", "q", ""])
    running.run(frames())
    assert len(running.window.shown) == 3
    assert all(KEYS in shown for shown in lines)
    assert "frames a second" in lines[-1][0]


def test_k_and_m_show_and_hide_keypoints_and_mesh(lines):
    running = session(["k", "k", "m", "m"])
    running.run(frames())
    plain, without, again, mesh, last = running.window.shown
    assert differ(plain, without)
    assert differ(plain, mesh)
    assert not differ(plain, again)
    assert not differ(plain, last)


def test_what_is_said_becomes_a_sentence_in_the_mood_of_the_face(lines):
    session([" ", "", " ", *[""] * 400], lambda sound: "we won the match").run(frames(1000))
    said = [shown[0] for shown in lines]
    assert "listening: space ends" in said
    assert '"We won the match!" — said happily 😄' in said


def test_what_is_not_understood_is_said(lines):
    def listen(sound):
        raise NotUnderstood("no words are recognised in what was said")

    session([" ", " ", *[""] * 400], listen).run(frames(1000))
    assert any("no words are recognised" in shown[0] for shown in lines)


def test_without_a_microphone_the_picture_goes_on(lines):
    class Deaf(Ear):
        def start(self):
            raise OSError("no microphone: none is plugged in")

    running = session([" ", "", ""], microphone=Deaf())
    running.run(frames())
    assert lines[1][0] == "no microphone: none is plugged in"
    assert len(running.window.shown) == 4


@pytest.mark.parametrize("rate", [5, 20, 60])
def test_a_recording_is_as_long_as_the_session(lines, rate, tmp_path):
    with Writer(tmp_path / "out.mp4", RATE, (640, 480)) as recorder:
        session([""] * (3 * rate - 1)).run(frames(rate), recorder)
    *_, last = Video.open(tmp_path / "out.mp4")
    assert last.seconds + last.lasts == pytest.approx(3, abs=0.05)
