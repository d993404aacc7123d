"""Train a recipe of pictures without Jupyter: the network, its record, and what its students learn from."""

import hashlib
import json
import time
from collections.abc import Collection
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import keras
import numpy as np

from mien.engine import paths, provenance, store
from mien.faces.warping import SHIFTS
from mien.models import resnet
from mien.training import fit, on_device, states
from mien.training.bench import Bench
from mien.training.on_device import PART, Draws, Views
from mien.training.recipes.pixels import RECIPES, SEEN, STUDENTS, Pixels, mean_answer

MODEL, RECORD, VALIDATION, ANSWERS = "model.keras", "record.json", "validation.npy", "answers.npy"
"""What a training leaves: the network in half precision, how it went, (face, class) of ten views of the validation
faces, and (pass, batch, face of the batch, class) of the pictures that students see."""

PASSES = 36
"""Of changed pictures that teachers answer in `make networks`; students see them again and again."""

NO_MEMORY = "resource_exhausted", "out of memory", "oom when allocating"
"""What the backends say where a device's memory is too small."""

SHORT = 12
"""Digits of a training's key that name its states."""

ENDLESS = 100_000
"""Epochs, where minutes end a training."""

TEN = [{"shift": shift, "flip": flip} for flip in (False, True) for shift in SHIFTS]
"""Ten views of a picture as `Views` takes them, those of `evaluation.views.ten_views`."""


def check_teachers(names: Collection[str], out: Path, answered: int) -> None:
    """Refuse students of networks that are neither there nor trained before them.

    Args:
        names: of recipes that are to be trained.
        out: the folder of networks.
        answered: passes of changed pictures that the teachers among them answer.

    Raises:
        ValueError: names the networks that are missing, and the command that trains them.
    """
    students = [name for name in names if RECIPES[name].teachers]
    wanted = [file for name in students for file in _learned_from(RECIPES[name], out)]
    lacking = [file for file in dict.fromkeys(wanted) if not file.exists()]
    later = [*names] if answered else []  # without answers, what is trained now leaves nothing to learn
    if missing := [name for name in dict.fromkeys(file.parent.name for file in lacking) if name not in later]:
        raise ValueError(
            f"{out} lacks networks that teach {', '.join(students)}, or their answers: {', '.join(missing)}. "
            f"{_again(out, missing)} trains them"
        )


def _learned_from(recipe: Pixels, out: Path) -> list[Path]:
    """What a student reads of other networks."""
    answers = [out / name / file for name in recipe.teachers for file in (VALIDATION, ANSWERS)]
    return [*answers, *([out / recipe.start / MODEL] if recipe.start else [])]


def train(
    name: str, bench: Bench, out: Path, minutes: float | None, passes: int, start: Path | None, answered: int
) -> dict:
    """Train a recipe, from its last state on if there is one, and write what it leaves; nothing where that is there.

    Args:
        name: a key of `RECIPES`.
        bench: the faces.
        out: a folder of its name in it is written to, and its teachers and its start are looked for there.
        minutes: of the training; None: all epochs of the recipe.
        passes: over the training set in one epoch, after which a state is kept.
        start: a network that has the weights of dlib's face recogniser, where its file is not at hand.
        answered: passes of changed pictures to answer for students.

    Returns:
        The record.

    Raises:
        ValueError: what its teachers answered does not fit.
    """
    recipe, folder = RECIPES[name], out / name
    inputs = _inputs(recipe, bench, out, start)
    key = hashlib.sha256(json.dumps([asdict(recipe), inputs, minutes, passes]).encode()).hexdigest()
    if (record := _whole(folder, key, answered)) is not None:
        print(f"{name}: is trained, and nothing that decides it has changed", flush=True)
        return record
    kept = _kept(folder, key)
    if not kept and _kept(folder):
        print(f"{name}: what decides its training is not what it was, so it begins anew", flush=True)
    parts, batch = max(kept, default=1), min(recipe.batch, bench.taught)
    while True:
        try:
            record = _trained(name, bench, out, minutes, passes, start, answered, parts, key)
            break
        except Exception as error:  # each backend has one of its own
            short = any(said in str(error).lower() for said in NO_MEMORY)
            if not short or batch // parts % (2 * PART):
                raise
        parts *= 2
        print(f"{name}: the device is too small for batches of {batch}: takes them in {parts} parts", flush=True)
        keras.backend.clear_session()
    made = {**provenance.code(), "inputs": inputs, "machine": provenance.machine()}
    record |= {"key": key, "provenance": made}
    store.save_json(record, folder / RECORD)
    return record


def _inputs(recipe: Pixels, bench: Bench, out: Path, start: Path | None) -> dict[str, str]:
    """What a training reads -> its sha256."""
    files = _learned_from(recipe, out) + ([start] if start and recipe.network == "face" else [])
    return {"faces": bench.digest} | {str(file): store.digest(file) for file in files}


def _kept(folder: Path, key: str = "*") -> list[int]:
    """In how many parts a training has taken its batches, each time that it kept states."""
    return [int(path.name.rpartition("-")[2]) for path in folder.glob(f"states-{key[:SHORT]}-*")]


def _whole(folder: Path, key: str, answered: int) -> dict | None:
    """The record of a training that has left all that it is to leave; None where something lacks or is another's."""
    files = [folder / name for name in (RECORD, MODEL, VALIDATION, *([ANSWERS] if answered else []))]
    if not all(file.exists() for file in files):
        return None
    record = store.open_json(folder / RECORD)
    same = record.get("key") == key and record["sha256"] == store.digest(folder / MODEL)
    return record if same and (not answered or len(_opened(folder / ANSWERS)) == answered) else None


def _trained(name, bench: Bench, out, minutes, passes, start, answered, parts: int, key: str) -> dict:
    recipe, folder = RECIPES[name], out / name
    network = _network(recipe, bench, out, start)
    model = on_device.taught(network, bench.pictures)
    recipe.compile(model, parts)
    labels_or_answers = _mean_answers(recipe, bench, out) if recipe.teachers else bench.y
    seed = SEEN if recipe.teachers else recipe.seed
    draws = Draws(
        labels_or_answers, bench.taught, bench.shape, recipe.changes, recipe.batch, seed, passes, recipe.seed, parts
    )
    batch = draws.batch_size // parts

    def score(model):
        return {"accuracy": bench.scores(_answers(model, bench, batch))["clean"]}

    epochs = max(recipe.epochs // passes, 1) if minutes is None else ENDLESS
    kept = folder / f"states-{key[:SHORT]}-{parts}"  # an optimiser of other parts has other variables
    history = fit(model, draws, score, epochs, kept, network=network, pace=recipe.pace(passes, minutes))
    ended = time.monotonic()
    store.save_model(network, folder / MODEL, half=True)
    ten = _ten(model, bench, batch)
    _save(ten, folder / VALIDATION)
    if answered:
        _save(_answered(model, bench, answered, batch), folder / ANSWERS)
    answers = {"one": _answers(model, bench, batch), "ten": ten}
    return {
        "recipe": name, **asdict(recipe), "sha256": store.digest(folder / MODEL),
        "passes": passes * len(history["loss"]), "params": network.count_params(),
        "seconds": round(states.seconds(kept) + time.monotonic() - ended, 1), "device": _device(),
        "packages": {name: import_module(name).__version__ for name in ("keras", keras.config.backend())},
        "validation": {views: bench.scores(given) for views, given in answers.items()}, "history": history,
    }  # fmt: skip


def opened(name: str, profile: str) -> tuple[keras.Model, dict, Path]:
    """A network that was trained by its recipe as it is now, its record and its file: it ships, or was trained here.

    Args:
        name: a key of `RECIPES`.
        profile: whose faces taught it, where it was trained here.

    Raises:
        FileNotFoundError: it is in neither place; names the command that trains it.
        ValueError: its recipe is another by now, its record is not there or cut, or its file is not the one that was
            trained; names what mends it.
    """
    again = f"`make networks PROFILE={profile}` trains it"
    ships, own = (folder / name for folder in (paths.networks(), paths.Paths(profile).networks()))
    folder = next((folder for folder in (ships, own) if (folder / MODEL).exists()), None)
    if folder is None:
        raise FileNotFoundError(f"there is no {MODEL} in {ships} or {own}: {again}")
    mend = f"`git checkout -- {ships}` restores both" if folder == ships else f"{again} anew"
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder / MODEL} has no whole {RECORD} beside it ({error}): {mend}") from error
    recipe = json.loads(json.dumps(asdict(RECIPES[name])))
    if others := [f"{key} {record.get(key)}, now {value}" for key, value in recipe.items() if record.get(key) != value]:
        then = f"; copy it, with its record, to {ships}" if folder == ships else ""
        raise ValueError(f"{folder / MODEL} was trained by another recipe ({'; '.join(others)}): {again} anew{then}")
    if store.digest(folder / MODEL) != record.get("sha256"):
        raise ValueError(f"{folder / MODEL} is not what {RECORD} beside it was written for: {mend}")
    return store.open_model(folder / MODEL), record, folder / MODEL


def _save(values: np.ndarray, path: Path) -> None:
    with store.aside(path) as temporary:
        np.save(temporary, values)


def _network(recipe: Pixels, bench: Bench, out: Path, start: Path | None) -> keras.Model:
    other = out / recipe.start / MODEL if recipe.start else start if recipe.network == "face" else None
    network = recipe.build(bench.shape, len(bench.classes), pretrained=other is None)
    if other:
        resnet.start_from(network, store.open_model(other, f"the recipe {recipe.start}"))
    return network


def _answers(model: keras.Model, bench: Bench, batch: int, **view) -> np.ndarray:
    """(face, class) logits of a view of the validation faces."""
    rows = bench.chooses
    return model.predict(Views(rows, bench.shape, min(batch, bench.taught), **view), verbose=0)[: len(rows)]


def _ten(model: keras.Model, bench: Bench, batch: int) -> np.ndarray:
    """(face, class) mean probabilities of ten views."""
    return np.mean([_softmax(_answers(model, bench, batch, **crop)) for crop in TEN], axis=0)


def _answered(model: keras.Model, bench: Bench, passes: int, batch: int) -> np.ndarray:
    """(pass, batch, face of the batch, class) float16 probabilities of the pictures that students see."""
    seen = next(iter(STUDENTS.values()))
    draws = Draws(bench.y, bench.taught, bench.shape, seen.changes, seen.batch, SEEN, passes)
    draws.parts = max(draws.batch_size // batch, 1)
    says = _softmax(model.predict(draws, verbose=0)).astype(np.float16)
    return says.reshape(passes, draws.steps, draws.batch_size, -1)


def _mean_answers(recipe: Pixels, bench: Bench, out: Path) -> np.ndarray:
    """What the teachers say of changed pictures, each weighted as validation faces want it."""
    code = bench.code[bench.chooses]
    says = {name: _opened(out / name / VALIDATION) for name in recipe.teachers}
    given = {name: _opened(out / name / ANSWERS) for name in recipe.teachers}
    size = min(recipe.batch, bench.taught)
    wanted = len(next(iter(given.values()))), bench.taught // size, size, len(bench.classes)
    for name in recipe.teachers:
        if given[name].shape != wanted or says[name].shape != (len(code), len(bench.classes)):
            raise ValueError(
                f"{out / name}: its answers are {given[name].shape} and {says[name].shape} long, expected {wanted} and "
                f"{(len(code), len(bench.classes))}: {_again(out, recipe.teachers)} has all answer alike"
            )
    shares = mean_answer(np.stack([*says.values()]), code)
    print("teachers: " + ", ".join(f"{name} {share:.2f}" for name, share in zip(given, shares, strict=True)))
    return sum(np.float32(share) * answers for share, answers in zip(shares, given.values(), strict=True))


def _opened(file: Path) -> np.ndarray:
    """An array that stays in its file."""
    try:
        return np.load(file, mmap_mode="r")
    except (ValueError, EOFError) as error:
        again = _again(file.parents[1], [file.parent.name])
        raise ValueError(f"{file} is not whole ({error}): remove it, and {again} writes it again") from error


def _again(out: Path, names: Collection[str]) -> str:
    return f"`python -m mien.training {' '.join(names)} --out {out} --answers {PASSES}`"


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _device() -> str:
    if keras.config.backend() == "jax":
        import jax

        return jax.devices()[0].device_kind
    return ", ".join(keras.distribution.list_devices())
