"""`python -m mien.training`: networks on pictures, trained without Jupyter, several side by side."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer


def main(
    recipes: Annotated[list[str], typer.Argument(help="Keys of mien.training.recipes.pixels.RECIPES.")],
    out: Annotated[Path, typer.Option(help="Each leaves its network and its record in a folder of its name in it.")],
    faces: Annotated[
        Path | None, typer.Option(help="A file that mien.sources.packed wrote; without: the profile's.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Whose faces.")] = "fer2013",
    minutes: Annotated[float | None, typer.Option(help="When to have ended; without: after all epochs.")] = None,
    passes: Annotated[int, typer.Option(help="Over the training set, between two states.")] = 1,
    start: Annotated[
        Path | None, typer.Option(help="A network with dlib's weights, where its file is missing.")
    ] = None,
    answers: Annotated[int, typer.Option(help="Passes of changed pictures to answer for students.")] = 0,
) -> None:
    """Train recipes; several, each in a process of its own, on one device. A start after a kill goes on."""
    if len(recipes) > 1:
        raise SystemExit(_side_by_side(recipes, out))
    from mien.training import networks

    bench = networks.Bench(_faces(faces, profile))
    record = networks.train(recipes[0], bench, out, minutes, passes, start, answers)
    print({key: record[key] for key in ("recipe", "passes", "seconds", "validation")}, flush=True)


def _side_by_side(recipes: list[str], out: Path) -> int:
    """Start this command once a recipe, each with a log; the highest exit status."""
    options = [argument for argument in sys.argv[1:] if argument not in recipes]
    environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ}
    running = []
    for name in recipes:
        (out / name).mkdir(parents=True, exist_ok=True)
        log = (out / name / "log.txt").open("a")
        call = [sys.executable, "-u", "-m", "mien.training", name, *options]
        running.append((name, subprocess.Popen(call, stdout=log, stderr=subprocess.STDOUT, env=environment)))
    worst = 0
    for name, process in running:
        worst = max(worst, abs(process.wait()))
        print(f"{name}: {(out / name / 'log.txt').read_text().splitlines()[-1:]}", flush=True)
    return worst


def _faces(packed: Path | None, profile: str):
    from mien import store
    from mien.paths import Paths
    from mien.sources import packed as files

    if packed:
        return files.read(packed)
    return store.open_dataset(Paths(profile).dataset("faces", "fer2013"), "10_extract_fer2013")


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
