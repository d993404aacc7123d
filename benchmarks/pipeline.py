"""How long does the sample pipeline take, notebook by notebook, and how much of it runs side by side?

python benchmarks/pipeline.py [PROFILE]
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mien.engine import paths, store


def main(profile: str = "sample") -> None:
    """Run it in an empty home."""
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        command = ["make", "-C", str(paths.REPOSITORY), "pipeline", f"PROFILE={profile}", f"MIEN_HOME={home}"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        wall = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=sys.stderr)
        again = time.perf_counter() - start
        seconds = store.open_json(Path(home) / "reports" / profile / "executed" / "seconds.json")
    total = sum(seconds.values())
    print(
        f"{wall:.0f} s, {total / wall:.2f} notebooks at a time on {os.cpu_count()} cores; nothing to do: {again:.2f} s"
    )
    for name, of_it in sorted(seconds.items(), key=lambda row: -row[1]):
        print(f"{of_it:7.1f} s {of_it / total:6.1%}  {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
