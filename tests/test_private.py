"""Nothing leaves the machine: whom do commands, notebooks and trainings want to reach? sealed.py sees it."""

import wave
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from mien.engine import paths
from mien.live.writer import Writer

STAYS = Path(__file__).with_name("stays.py")
FACES = paths.REPOSITORY / "docs" / "faces.png"

ASKS = """
import ctypes, socket, subprocess, sys
ctypes.CDLL(None).gethostbyname(b"example.com")  # by the C library, unseen by Python
subprocess.run([sys.executable, "-c", "import socket; socket.socket().connect_ex(('192.0.2.7', 443))"])
socket.socket(socket.AF_INET6).connect_ex(("2001:db8::7", 80))
socket.socket(type=socket.SOCK_DGRAM).sendto(b"logged", ("198.51.100.7", 123))
"""

STAYS_AT_HOME = """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
server.accept()[0].sendall(b"heard")
print(client.recv(5).decode())
"""

IMPORTS = """
import kagglehub, keras, keras_tuner, papermill, pooch, requests, speech_recognition, tensorboard, tensorflow, time
time.sleep(90)
"""


def test_every_look_up_and_connection_is_seen(sealed):
    sought = sealed("-c", ASKS).sought
    for due in (
        "look-up of example.com at ",
        "connection to 192.0.2.7 port 443",
        "connection to 2001:db8::7 port 80",
        "datagram to 198.51.100.7 port 123",
    ):
        assert any(due in line for line in sought), sought


def test_what_stays_on_the_loopback_works_and_is_none_of_them(sealed):
    said = sealed("-c", STAYS_AT_HOME)
    assert (said.stdout, said.sought) == ("heard\n", [])


def test_a_prediction_asks_nobody(sealed):
    said = sealed("-m", "mien", "predict", FACES)
    assert "6 faces in 1 pictures" in said.stdout
    assert said.sought == []


@pytest.fixture
def stays(sealed, home):
    """Runs a module that stays for 90 s after its answer and asks nobody: what it answers."""

    def run(*call, **environment) -> str:
        said = sealed(STAYS, "90", *call, **environment)
        assert (said.returncode, said.sought) == (0, []), said.stderr
        return said.stdout

    return run


@pytest.fixture
def clip(tmp_path, portrait) -> Path:
    """Three seconds of a face that stands still."""
    frame = np.full((480, 640, 3), 128, np.uint8)
    frame[165:315, 245:395] = portrait[..., None]
    with Writer(tmp_path / "clip.mp4", 10.0, (640, 480)) as video:
        for _ in range(30):
            video.write(frame)
    return tmp_path / "clip.mp4"


FORMANTS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240))
"""In Hz, of men's vowels in father, beat and boot (Peterson & Barney, 1952, table II)."""


@pytest.fixture
def speech(tmp_path) -> Path:
    """Three vowels, in which pocketsphinx hears a word: pulses of a voice, each through three resonances."""
    rate, quiet = 16_000, np.zeros(4_000)
    pulses = np.arange(5_600) % (rate // 120) == 0
    sounds = [quiet]
    for vowel in FORMANTS:
        sound = pulses.astype(float)
        for frequency, width in zip(vowel, (80, 100, 120), strict=True):
            radius = np.exp(-np.pi * width / rate)
            sound = lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * frequency / rate), radius**2], sound)
        sounds.append(sound / np.abs(sound).max() * np.hanning(len(sound)) ** 0.3)
    with wave.open(str(tmp_path / "speech.wav"), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((9_000 * np.concatenate([*sounds, quiet])).astype(np.int16).tobytes())
    return tmp_path / "speech.wav"


@pytest.mark.private
def test_libraries_that_are_imported_ask_nobody_for_90_seconds(sealed):
    said = sealed("-c", IMPORTS)
    assert (said.returncode, said.sought) == (0, []), said.stderr


@pytest.mark.private
def test_notebooks_ask_nobody_for_90_seconds(stays):
    assert "report: " in stays("mien.publishing", "run", "--profile", "smoke", MIEN_EAGERLY="1")


@pytest.mark.private
def test_a_prediction_asks_nobody_for_90_seconds(stays):
    assert "6 faces in 1 pictures" in stays("mien", "predict", FACES)


@pytest.mark.private
def test_a_video_asks_nobody_for_90_seconds(stays, clip):
    stays("mien", "video", clip, "--csv", clip.with_suffix(".csv"))
    assert clip.with_suffix(".csv").exists()


@pytest.mark.private
def test_a_sentence_asks_nobody_for_90_seconds(stays, clip, speech):
    assert "— said " in stays("mien", "say", speech, "--video", clip)


@pytest.mark.private
def test_a_training_asks_nobody_for_90_seconds(stays, sealed, tmp_path):
    assert "report: " in sealed("-m", "mien.publishing", "run", "10_extract_faces", "--profile", "smoke").stdout
    call = "mien.training", "vgg_a", "--profile", "smoke", "--minutes", "0.1", "--out", tmp_path
    assert "vgg_a: " in stays(*call, MIEN_EAGERLY="1")
