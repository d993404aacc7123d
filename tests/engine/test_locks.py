import os
import signal
import subprocess
import sys
import time

import pytest

from mien.engine import locks

HOLDS = """
import sys, time
from pathlib import Path
from mien.engine import locks
with locks.held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_run_is_told_which_process_has_the_folder_and_since_when(tmp_path, holder):
    said = rf"is being written by process {holder.pid} since {time.strftime('%Y-%m-%d')} \d\d:\d\d:\d\d: wait"
    with pytest.raises(locks.Running, match=said), locks.held(tmp_path):
        pass


def test_a_folder_is_free_when_its_holder_is_killed(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with locks.held(tmp_path):
        assert (tmp_path / ".running").read_text().split()[0] == str(os.getpid())


def test_a_folder_is_free_after_its_run_and_after_one_that_failed(tmp_path):
    with pytest.raises(ZeroDivisionError), locks.held(tmp_path / "new"):
        1 / 0  # noqa: B018
    with locks.held(tmp_path / "new"):
        pass
    assert not (tmp_path / "new" / ".running").exists()
