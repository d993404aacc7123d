"""`python -m mien.training`: networks on pictures, trained without Jupyter, several side by side."""

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.engine import exits

if TYPE_CHECKING:
    import xarray as xr

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False, epilog=exits.CODES)


@app.command(no_args_is_help=True)
def main(
    recipes: Annotated[list[str], typer.Argument(help="Names of recipes; or teachers, students.")],
    out: Annotated[
        Path,
        typer.Option(parser=exits.path, help="Each leaves its network and its record in a folder of its name in it."),
    ],
    faces: Annotated[
        Path | None, typer.Option(parser=exits.path, help="A file of mien.sources.packed; without: the profile's.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Whose faces.")] = "fer2013",
    minutes: Annotated[float | None, typer.Option(help="When to end; without: after all epochs.")] = None,
    passes: Annotated[int, typer.Option(min=1, help="Over the training set, between two states.")] = 1,
    start: Annotated[
        Path | None, typer.Option(parser=exits.path, help="A network with dlib's weights, where its file is missing.")
    ] = None,
    answers: Annotated[int, typer.Option(min=0, help="Passes of changed pictures to answer for students.")] = 0,
) -> None:
    """Train recipes, each of several in a process of its own: teachers first, then students.

    On a GPU those of either group are trained side by side, on processors one after the other. Started again, a
    training goes on from its last state.

    The teachers: vgg_a, vgg_b, face_a, face_b, face_c, face_d. The students: student_face_1, student_face_2,
    student_face_3, student_small_1, student_small_2, student_small_3. mien.training.recipes.pixels says what each is.
    """
    with exits.in_a_line():
        names = _named(recipes)
        if minutes is not None and not 0 < minutes < math.inf:
            raise ValueError(f"--minutes {minutes:g}: expected more than 0, and an end")
        _check(names, out, start, answers)
        _check_faces(faces, profile)
        if len(names) == 1:
            _train(names[0], _faces(faces, profile), out, minutes, passes, start, answers)
            return
    options = {"--out": out, "--faces": faces, "--profile": profile, "--minutes": minutes, "--passes": passes}
    options |= {"--start": start, "--answers": answers}
    given = [str(word) for option in options.items() if option[1] is not None for word in option]
    raise SystemExit(next((code for group in _rounds(names) if (code := _trained(group, given, out))), 0))


def _named(words: list[str]) -> list[str]:
    """The recipes of a command, each once."""
    from mien.training.recipes.pixels import RECIPES, STUDENTS, TEACHERS

    groups = {"teachers": TEACHERS, "students": STUDENTS}
    names = [*dict.fromkeys(recipe for word in words for recipe in groups.get(word, [word]))]
    if unknown := [name for name in names if name not in RECIPES]:
        raise ValueError(f"there is no recipe {', '.join(unknown)}: there are {', '.join([*groups, *RECIPES])}")
    return names


def _rounds(names: list[str]) -> list[list[str]]:
    """Teachers, then students."""
    from mien.training.recipes.pixels import RECIPES

    return [[name for name in names if bool(RECIPES[name].teachers) == taught] for taught in (False, True)]


def _check(names: list[str], out: Path, start: Path | None, answers: int) -> None:
    """Refuse what would end in an error after minutes of training; make the folders that are written to."""
    if start and not start.is_file():
        raise FileNotFoundError(f"--start {start} is not there: `benchmarks/networks_gpu.sh pack` writes it")
    from mien.training import networks

    networks.check_teachers(names, out, answers)
    for name in names:
        try:
            (out / name).mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=out / name).close()
        except OSError as error:
            raise ValueError(f"--out {out} cannot be written to ({error}): name another folder") from None


def _check_faces(packed: Path | None, profile: str) -> None:
    """Refuse missing faces once, before each training would; unpacking them takes seconds."""
    if packed is None:
        _faces(None, profile)
    elif not packed.is_file():
        raise FileNotFoundError(f"--faces {packed} is not there: `benchmarks/networks_gpu.sh pack` writes it")


def _train(
    name: str, faces: "xr.Dataset", out: Path, minutes: float | None, passes: int, start: Path | None, answers: int
) -> None:
    from mien.training import networks
    from mien.training.fitting import NotFinite

    try:
        record = networks.train(name, networks.Bench(faces), out, minutes, passes, start, answers)
    except NotFinite as error:
        exits.failed(f"{name}: {error}")
    views = (
        f"{views} {score['all']:.3f} (unseen {score['clean']:.3f})" for views, score in record["validation"].items()
    )
    print(f"{name}: {record['passes']} passes; validation, views: {', '.join(views)}", flush=True)


def _trained(recipes: list[str], options: list[str], out: Path) -> int:
    """Train recipes as the machine allows; the exit code."""
    from mien.engine import xla

    if xla.accelerated():
        return _side_by_side(recipes, options, out)
    return next((code for name in recipes if (code := _side_by_side([name], options, out))), 0)


def _side_by_side(recipes: list[str], options: list[str], out: Path) -> int:
    """Start this command once a recipe, each with a log; print how each log ends, and give the exit code."""
    # JAX would take the whole memory of the device for the first of them
    environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ}
    running = {}
    for name in recipes:
        (out / name).mkdir(parents=True, exist_ok=True)
        with (out / name / "log.txt").open("a") as log:
            call = [sys.executable, "-u", "-m", "mien.training", name, *options]
            running[name] = subprocess.Popen(call, stdout=log, stderr=subprocess.STDOUT, env=environment)
    print(f"training {', '.join(recipes)}: see log.txt in each folder of {out}", flush=True)
    for name, process in running.items():
        process.wait()
        print(*(out / name / "log.txt").read_text().splitlines()[-1:], flush=True)
    return exits.FAILED if any(process.returncode for process in running.values()) else 0


def _faces(packed: Path | None, profile: str) -> "xr.Dataset":
    from mien.engine import store
    from mien.engine.paths import Paths
    from mien.sources import packed as files

    if packed:
        return files.unpack(packed)
    return store.open_dataset(Paths(profile).faces(), "10_extract_faces")


if __name__ == "__main__":
    exits.run(app)
