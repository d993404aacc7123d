import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

WARMS_UP = """
import sys, time
from multiprocessing import forkserver
from pathlib import Path
from mien.engine import kernels
kernels.warm_up(Path(sys.argv[1]))
print(forkserver._forkserver._forkserver_pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forks of a server on Linux alone")
def test_the_server_of_kernels_ends_with_a_run_that_is_killed_while_it_still_imports(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", WARMS_UP, tmp_path / "log"], stdout=subprocess.PIPE, text=True)
    server = psutil.Process(int(run.stdout.readline()))
    while "numpy" not in Path(f"/proc/{server.pid}/maps").read_text():
        time.sleep(0.05)
    run.kill()
    run.wait()
    server.wait(timeout=2)  # raises where it goes on
