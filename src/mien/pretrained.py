"""The trained models that ship with the repository, each with its scores and a card that says what it is."""

import json
import re
import shutil
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from mien import labels, paths, store
from mien.paths import Paths
from mien.sources.fer2013 import COUNTS

if TYPE_CHECKING:
    import keras

MODEL_LIMIT = 10_000_000
"""Bytes of one model: every clone carries it, in every version that was ever committed."""

TOTAL_LIMIT = 40_000_000
"""Bytes of all of `models/pretrained`."""

MEASURES = ("accuracy", "balanced_accuracy", "macro_f1", "ece")


def names() -> list[str]:
    """Names of the models that ship, `<model>-<target>`."""
    return sorted(path.parent.name for path in paths.pretrained().glob("[!.]*/model.json"))


def describe(name: str) -> dict:
    """What a caller needs to know of a model that ships.

    Args:
        name: `<model>-<target>`, e.g. `small-emotion7`.

    Returns:
        `model`, `target`, `classes` in the order of the outputs, `inputs` (name -> shape of one face), `sources`
        (name -> stage, dataset and variable it is read from), `sha256` and `bytes` of `model.keras`.

    Raises:
        ValueError: no such model ships, or not for this target; says which do.
    """
    return store.open_json(_folder(name) / "model.json")


def scores(name: str) -> dict:
    """The metrics of a model that ships, as `50_evaluation` saved them."""
    return store.open_json(_folder(name) / "metrics.json")


def load(name: str) -> "keras.Model":
    """Open a model that ships, in safe mode.

    Args:
        name: `<model>-<target>`, e.g. `small-emotion7`.

    Returns:
        A model of one array per input, (face, *shape), -> probabilities (face, class).

    Raises:
        ValueError: there is no such model, its file is not the one that was published, or it takes other inputs than
            its `model.json` says.
    """
    about, path = describe(name), _folder(name) / "model.keras"
    if (found := store.digest(path)) != about["sha256"]:
        raise ValueError(
            f"{path} is not the file that was published: its sha256 is {found}, expected {about['sha256']}; "
            f"`git checkout -- {path}` restores it (git lfs is not used: a pointer has no place there)"
        )
    model = store.open_model(path)
    if (shapes := _shapes(model)) != about["inputs"]:
        raise ValueError(f"{path} takes {_in_words(shapes)}, but model.json says {_in_words(about['inputs'])}")
    return model


def publish(name: str, profile: str) -> Path:
    """Copy a trained model, its scores and a card of it to `models/pretrained/<name>/`, to be committed.

    Args:
        name: `<model>-<target>` of a file in `models/<profile>/` that `50_evaluation` has scored.
        profile: name of a file in `conf/`.

    Returns:
        The folder: `model.keras`, `model.json`, `metrics.json`, `card.md`, and `metrics_tencrop.json` where there are
        scores of it over ten crops.

    Raises:
        FileNotFoundError: the model or its scores are missing; names the notebook that makes them.
        ValueError: the scores are another file's or of other faces than FER2013's, or the model is too large.
    """
    where, folder = Paths(profile), paths.pretrained() / name
    network = store.open_model(where.model(name), "a notebook of stage 40")
    record = store.open_json(where.model(name, ".json"), "a notebook of stage 40")
    metrics = _metrics(where, name)
    _check_data(metrics["scored"])
    about = _about(where.model(name), _shapes(network), record, metrics["scored"])
    with store.aside(folder) as temporary:
        temporary.mkdir()
        shutil.copyfile(where.model(name), temporary / "model.keras")
        store.save_json(about, temporary / "model.json")
        store.save_json(metrics["scored"], temporary / "metrics.json")
        if metrics["tencrop"]:
            store.save_json(metrics["tencrop"], temporary / "metrics_tencrop.json")
        (temporary / "card.md").write_text(_card(name, about, record, metrics), encoding="utf-8")
        _check_size(temporary, replaces=folder)
    return folder


def _folder(name: str) -> Path:
    there = names()
    if name in there:
        return paths.pretrained() / name
    model, _, target = name.rpartition("-")
    targets = [other.removeprefix(f"{model}-") for other in there if other.rpartition("-")[0] == model]
    if targets:
        raise ValueError(f"the pretrained {model} has no target {target}: it has {', '.join(targets)}")
    raise ValueError(f"there is no pretrained {name}: there are {', '.join(there) or 'none yet'}")


def _shapes(model: "keras.Model") -> dict[str, list[int]]:
    return {tensor.name: list(tensor.shape[1:]) for tensor in model.inputs}


def _in_words(shapes: dict[str, list[int]]) -> str:
    return ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())


def _metrics(where: Paths, name: str) -> dict:
    """The scores of a model: of one view of each face, of ten crops (or None), and of each seed it was trained with."""
    model, _, target = name.rpartition("-")
    scored = _scored(where.metrics(name), where.model(name))
    tencrop = where.metrics(f"{model}_tencrop-{target}")
    return {
        "scored": scored,
        "tencrop": _scored(tencrop, where.model(name)) if tencrop.exists() else None,
        "seeds": _other_seeds(where, model, target),
    }


def _scored(path: Path, model: Path) -> dict:
    """Open scores and make sure that they are this file's."""
    metrics = store.open_json(path, "50_evaluation")
    scored, found = metrics["provenance"]["inputs"].get(model.name), store.digest(model)
    if scored != found:
        raise ValueError(
            f"{path} has the scores of another {model.name} (sha256 {scored}) than {model} ({found}): "
            "run 50_evaluation again"
        )
    return metrics


def _other_seeds(where: Paths, model: str, target: str) -> dict[int, dict]:
    """Seed -> scores of the same training from another seed."""
    named = re.compile(rf"{re.escape(model)}_seed(\d+)-{re.escape(target)}")
    files = where.metrics("any").parent.glob("*.json")
    return {int(match[1]): store.open_json(path) for path in files if (match := named.fullmatch(path.stem))}


def _check_data(metrics: dict) -> None:
    """Refuse what the card, which speaks of FER2013, would not be true of."""
    for part, split in (("PublicTest", "validation"), ("PrivateTest", "test")):
        n, due = metrics[split]["all"]["n"], _faces(part, metrics["target"])
        if n != due:
            raise ValueError(
                f"scored on {n:,} {split} faces where FER2013's {part} has {due:,}: only models of it ship"
            )


def _about(path: Path, shapes: dict[str, list[int]], record: dict, metrics: dict) -> dict:
    return {
        **{key: metrics[key] for key in ("model", "target", "classes")},
        "inputs": shapes,
        "sources": record["inputs"],
        "sha256": store.digest(path),
        "bytes": path.stat().st_size,
    }


def _check_size(folder: Path, replaces: Path) -> None:
    size = (folder / "model.keras").stat().st_size
    if size > MODEL_LIMIT:
        raise ValueError(
            f"{replaces.name} has {size:,} bytes, and {MODEL_LIMIT:,} may ship: save it with half=True, or shrink it"
        )
    files = [path for path in paths.pretrained().rglob("*") if path.is_file() and replaces not in path.parents]
    if (total := sum(path.stat().st_size for path in files)) > TOTAL_LIMIT:
        raise ValueError(
            f"with {replaces.name}, {paths.pretrained()} would have {total:,} bytes, and {TOTAL_LIMIT:,} may ship: "
            "remove another model first"
        )


def _card(name: str, about: dict, record: dict, metrics: dict) -> str:
    """The card in Markdown: what was recorded when the model was trained and scored, and nothing by hand."""
    made, scored, tencrop = record["provenance"], metrics["scored"], metrics["tencrop"]
    by_seed = dict(sorted({**metrics["seeds"], made["parameters"]["seed"]: scored}.items()))
    environment = Environment(
        loader=PackageLoader("mien", "."), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["cell"] = _cell
    return environment.get_template("card.md.j2").render(
        name=name,
        about=about,
        record=record,
        made=made,
        taught=_faces("Training", about["target"]),
        scored=scored,
        tencrop=tencrop,
        views=_views(scored) | (_views(tencrop, ", ten crops") if tencrop else {}),
        seeds=list(by_seed),
        spread=_spread(list(by_seed.values())) if len(by_seed) > 1 else {},
    )


def _cell(value) -> str:
    """A value in a cell of a table."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("|", r"\|")


def _faces(part: str, target: str) -> int:
    """Faces of a part of FER2013 that have a class of the target."""
    classes = labels.TARGETS[target].classes_of
    return sum(n for n, code in zip(COUNTS[part], classes, strict=True) if code != labels.UNKNOWN)


def _views(metrics: dict, suffix: str = "") -> dict[str, dict]:
    """The views of the test faces that have any, by a name for people."""
    return {f"{name}{suffix}": view for name, view in metrics["test"].items() if view["n"]}


def _spread(runs: list[dict]) -> dict[str, list[tuple[float, float]]]:
    """View -> mean and standard deviation of each of `MEASURES` over trainings."""
    values = {view: [[run["test"][view][measure] for run in runs] for measure in MEASURES] for view in _views(runs[0])}
    return {view: [(mean(each), stdev(each)) for each in measures] for view, measures in values.items()}
