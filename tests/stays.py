"""`python stays.py SECONDS MODULE ARGUMENT…` is `python -m MODULE ARGUMENT…`, but stays when it is done.

So do the kernels that it starts: each is asked to end SECONDS after its last cell, where a pipeline kills it at once.
What a library has gathered, it may send a minute later by a thread of its own, or when what holds it is closed.
"""

import asyncio
import runpy
import sys
import threading
import time

from mien.engine.runner import _Client


def _leave(client: _Client) -> None:
    """Ask a notebook's kernel to end later, in place of now."""
    kernel = client.km
    threading.Timer(seconds, lambda: asyncio.run(kernel.shutdown_kernel())).start()


if __name__ == "__main__":
    seconds, sys.argv = float(sys.argv[1]), sys.argv[2:]
    _Client._cleanup_kernel = _leave
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    finally:
        time.sleep(seconds)
