"""How much do networks in ONNX and in LiteRT's format differ from Keras', how large are they, and how quick?

python benchmarks/export.py             every model that ships, with 1,000 sampled faces
python benchmarks/export.py --keep      the same, written beside each model and on its card

It needs tf2onnx and onnxruntime, which nothing else here does: `uv pip install --group backends` installs them. Where
`MIEN_RAW` has FER2013, it says how often each format is right on PublicTest, too.
"""

import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import keras
import numpy as np
import typer
import xarray as xr

from mien.engine import paths, provenance
from mien.face_model import FaceModel
from mien.features import eye_state
from mien.models import export, litert, pretrained
from mien.publishing import exports
from mien.sources import fer2013
from mien.vocabulary import labels

FACES, TOGETHER, ALONE, ROUNDS = 1_000, 64, 50, 5

AT_MOST = {"probabilities": 1e-3, "points": 0.1}
"""How much answers may differ from Keras' in single precision, points in pixels."""

LOSS = 0.002
"""Of the accuracy on PublicTest that may go."""

Inputs = Mapping[str, np.ndarray]
Run = Callable[[Inputs], np.ndarray]


def inputs(name: str, n: int) -> Inputs:
    """Sampled faces, or their eyes, as a model that ships takes them: (n, ...) float32."""
    ((given, shape),) = pretrained.describe(name)["inputs"].items()
    model, rng = FaceModel.open(), np.random.default_rng(0)
    counts = np.bincount(np.arange(n) % len(labels.EMOTIONS))
    drawn = [model.sample(count, code, seed=0) for code, count in enumerate(counts)]
    face, look = map(np.concatenate, zip(*drawn, strict=True))
    if name == pretrained.EYES:
        mesh = xr.Dataset({"points": (("face", "point", "axis"), model.points(face, 96))})
        return {given: eye_state.eye_state(mesh)["value"].values[:, :2]}
    return {given: np.float32(model.render(face, look, shape[0], rng))[..., None]}


def runs(name: str, folder: Path) -> dict[str, Run]:
    """Format -> what answers in it: first the one that ships, then files of the model in a folder."""
    import onnxruntime  # here: the test that takes `inputs` from this file says when it is missing

    model = pretrained.load(name)
    is_network = isinstance(model, keras.Model)
    files = {form: folder / f"{name}{end}" for form, end in exports.FORMATS.items()}

    def in_onnx(file: Path) -> Run:
        session = onnxruntime.InferenceSession(file)
        return lambda given: session.run(None, dict(given))[0]

    return {
        "Keras" if is_network else "scikit-learn": lambda given: (
            model.predict_on_batch(_only(given)) if is_network else model.predict_proba(_only(given))
        ),
        **{form: in_onnx(file) if form.startswith("ONNX") else litert.Network(file) for form, file in files.items()},
    }


def _only(given: Inputs) -> np.ndarray:
    return next(iter(given.values()))


def answers(run: Run, given: Inputs) -> np.ndarray:
    """What it answers to all faces, `TOGETHER` at once."""
    n = len(_only(given))
    return np.concatenate([run({k: x[i : i + TOGETHER] for k, x in given.items()}) for i in range(0, n, TOGETHER)])


def difference(found: np.ndarray, name: str, given: Inputs) -> float:
    """The largest, from what the network answers in single precision."""
    return float(np.abs(found - export.single(export.network(name)).predict_on_batch(_only(given))).max())


def times(run: Mapping[str, Run], given: Inputs, n: int) -> dict[str, float]:
    """Format -> milliseconds a face, `n` at once: the least of some rounds, in which the formats take turns."""
    some = {name: values[: max(n, ALONE)] for name, values in given.items()}
    blocks = [{name: values[i : i + n] for name, values in some.items()} for i in range(0, len(_only(some)), n)]
    took = {name: [] for name in run}
    for _ in range(ROUNDS + 1):  # the first is to warm up
        for name, ask in run.items():
            start = time.perf_counter()
            for block in blocks:
                ask(block)
            took[name].append(1e3 * (time.perf_counter() - start) / len(_only(some)))
    return {name: min(each[1:]) for name, each in took.items()}


def accuracies(run: Mapping[str, Run], name: str) -> dict[str, float]:
    """Format -> share of PublicTest that is right; empty where it is not here, or is not what the model tells."""
    target = labels.TARGETS.get(pretrained.describe(name)["target"])
    if target is None or not (paths.raw() / "fer2013").is_dir():
        return {}
    pictures, emotion = public_test()
    truth = target.encode(emotion)
    known = truth != labels.UNKNOWN
    given = {"picture": pictures[known]}
    return {form: float((answers(ask, given).argmax(axis=1) == truth[known]).mean()) for form, ask in run.items()}


@cache
def public_test() -> tuple[np.ndarray, np.ndarray]:
    """Its pictures, (face, 48, 48, 1) float32, and their expressions, which chose among networks."""
    faces = fer2013.read(paths.raw() / "fer2013")
    rows = faces["split"].values == "validation"
    return np.float32(faces["image"].values[rows])[..., None], faces["emotion"].values[rows]


def measured(name: str, folder: Path) -> dict:
    """What `exports.keep` puts on the card of a model that ships."""
    files = [pretrained.file(name), *(exports.save(name, form, folder) for form in exports.FORMATS)]
    run, given = runs(name, folder), inputs(name, FACES)
    together, alone, right = times(run, given, TOGETHER), times(run, given, 1), accuracies(run, name)
    formats = {
        form: {
            "bytes": file.stat().st_size,
            "difference": difference(answers(ask, given), name, given),
            "ms_together": together[form],
            "ms_alone": alone[form],
            "accuracy": right.get(form),
        }
        for (form, ask), file in zip(run.items(), files, strict=True)
    }
    return {"faces": FACES, "machine": provenance.machine(), "formats": formats}


def said(name: str, facts: dict) -> bool:
    """Print what was measured; whether the exported formats differ little enough."""
    first, *others = facts["formats"].values()
    for form, of in facts["formats"].items():
        print(
            f"{name}, {form}: {of['bytes'] / 1e3:,.0f} kB, differs by {of['difference']:.2g} at most; 64 at once "
            f"{of['ms_together']:.3f} ms a face ({of['ms_together'] / first['ms_together']:.2f} of the first), alone "
            f"{of['ms_alone']:.3f} ms ({of['ms_alone'] / first['ms_alone']:.2f})"
            + (f"; right of PublicTest {of['accuracy']:.2%}" if of["accuracy"] else ""),
            flush=True,
        )
    most = AT_MOST[exports.answer(pretrained.describe(name))]
    lost = max(first["accuracy"] - of["accuracy"] for of in others) if first["accuracy"] else 0
    return all(of["difference"] <= most for of in others) and lost < LOSS


def main(keep: Annotated[bool, typer.Option("--keep", help="Write it beside each model and on its card.")] = False):
    """Measure every model that ships in ONNX and in LiteRT's format."""
    with TemporaryDirectory() as folder:
        for name in pretrained.names():
            facts = measured(name, Path(folder))
            if not said(name, facts):
                raise SystemExit(f"{name}: a format differs by more than {AT_MOST}, or loses {LOSS:.1%} of accuracy")
            if keep:
                exports.keep(name, facts)


if __name__ == "__main__":
    typer.run(main)
