import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mien.engine import store


@pytest.mark.skipif(os.name != "posix", reason="this system has no such pipes")
def test_a_pipe_stays_one_and_gets_what_is_written(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as other:
        read = other.submit((tmp_path / "pipe").read_text)
        store.save_json({"n": 1}, tmp_path / "pipe")
        assert json.loads(read.result(timeout=10)) == {"n": 1}
    assert (tmp_path / "pipe").is_fifo()


def test_where_the_output_goes_what_is_written_stands_before_what_is_said_next(tmp_path):
    code = "from pathlib import Path; from mien.engine import store\n"
    code += "print('before')\nstore.save_json({}, Path('out.txt'))\nprint('after')"
    with (tmp_path / "out.txt").open("w") as output:
        subprocess.run([sys.executable, "-c", code], stdout=output, cwd=tmp_path, check=True)
    assert (tmp_path / "out.txt").read_text().split() == ["before", "{}", "after"]
