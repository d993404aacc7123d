"""Models that are to ship: copied to `models/pretrained/` with their scores and a card."""

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mien.engine import paths, profiles, store
from mien.engine.paths import Paths
from mien.models import pretrained
from mien.models.pretrained import EYES, KEYPOINTS
from mien.publishing import cards, exports, networks

if TYPE_CHECKING:
    import keras
    from sklearn.base import BaseEstimator

MODEL_LIMIT = 10_000_000
"""Bytes of one model: every clone carries it, in every version that was ever committed."""

TOTAL_LIMIT = 40_000_000
"""Bytes of all of `models/pretrained` and `models/networks`."""

CARDS = {KEYPOINTS: cards.of_keypoints, EYES: cards.of_eyes}
"""Targets other than expressions, and what writes their cards."""

SCORED_BY = {KEYPOINTS: "58_keypoints", EYES: "57_eye_state"}
"""The notebooks that score them."""


def publish(name: str, profile: str, light: bool = False) -> Path:
    """Copy a trained model, its scores and a card of it to `models/pretrained/`, to be committed.

    Args:
        name: `<model>-<target>` of a file in `models/<profile>/` that has been scored: by `50_evaluation`, or by the
            notebook of `SCORED_BY` where it says keypoints or eye states.
        profile: name of a file in `conf/`.
        light: publish a network, or the ordinal regression of eye states, in LiteRT's format too.

    Returns:
        The folder, of that name, `KEYPOINTS` or `EYES`: `model.json`, `metrics.json`, `card.md`; `model.keras` or
        `model.skops`, unless it is made of a network of `models/networks`; and where they are, `metrics_tencrop.json`,
        its scores over ten views, and `pretrained.LIGHT`.

    Raises:
        FileNotFoundError: the model or its scores are missing; names the notebook that makes them.
        ValueError: the scores are another file's, of a profile of sampled faces or of others than FER2013's, or the
            model is too large.
    """
    where, target = Paths(profile), name.rpartition("-")[2]
    folder, file = paths.pretrained() / (target if target in CARDS else name), where.trained(name)
    model = store.open_trained(file, "a notebook of stage 40")
    record = store.open_json(where.model(name, ".json"), "a notebook of stage 40")
    metrics = _metrics(where, name)
    _check_data(metrics["scored"], profile)
    about = _about(_ships(record) or file, pretrained.shapes(model, record["inputs"]), record, metrics["scored"])
    with store.aside(folder) as temporary:
        temporary.mkdir()
        if "network" not in about:
            shutil.copyfile(file, temporary / f"model{file.suffix}")
        if light:
            _save_light(model, about, temporary / pretrained.LIGHT)
            about["light"] = _of_file(temporary / pretrained.LIGHT)
        store.save_json(about, temporary / "model.json")
        store.save_json(metrics["scored"], temporary / "metrics.json")
        if metrics["tencrop"]:
            store.save_json(metrics["tencrop"], temporary / "metrics_tencrop.json")
        card = CARDS.get(target, cards.of_expressions)
        record = networks.described(about["network"]) if "network" in about else record
        (temporary / "card.md").write_text(card(folder.name, about, record, metrics), encoding="utf-8")
        _check_size(temporary, about["bytes"], replaces=folder)
    return folder


def renew() -> list[Path]:
    """Write the cards of the networks of `models/networks` that ship anew; gives the files."""
    return [_renewed(name) for name in pretrained.names() if "network" in pretrained.describe(name)]


def renewed(name: str) -> str:
    """The card of a model that ships and is a network of `models/networks`, from what is committed of it."""
    about, folder, scored = pretrained.describe(name), pretrained.folder_of(name), pretrained.scores(name)
    tencrop, run = folder / "metrics_tencrop.json", paths.published("fer2013") / "metrics"
    metrics = {
        "scored": scored,
        "tencrop": store.open_json(tencrop) if tencrop.exists() else None,
        "seeds": _other_seeds(run, about["model"], about["target"], scored["trained"]),
    }
    card = cards.of_expressions(name, about, networks.described(about["network"]), metrics)
    facts = folder / exports.FACTS
    return cards.with_formats(card, store.open_json(facts), exports.answer(about)) if facts.exists() else card


def _renewed(name: str) -> Path:
    file = pretrained.folder_of(name) / "card.md"
    with store.aside(file) as temporary:
        temporary.write_text(renewed(name), encoding="utf-8", newline="\n")
    return file


def _metrics(where: Paths, name: str) -> dict:
    """The scores of a model: of one view of each face, of ten views (or None), and of other trainings.

    Those are of each other seed, and, of keypoints, without each source.
    """
    model, _, target = name.rpartition("-")
    scored = _scored(where.metrics(name), where.trained(name))
    tencrop = where.metrics(f"{model}_tencrop-{target}")
    return {
        "scored": scored,
        "tencrop": _scored(tencrop, where.trained(name)) if tencrop.exists() else None,
        "seeds": _other_seeds(tencrop.parent, model, target, scored.get("trained")),
        "left_out": _left_out(where, model, target),
    }


def _left_out(where: Paths, model: str, target: str) -> dict[str, dict]:
    """Source -> the scores, on all its faces, of the same network trained without it."""
    found = map(store.open_json, sorted(where.metrics("any").parent.glob(f"{model}_without_*-{target}.json")))
    return {scores["left_out"]: scores for scores in found}


def _scored(path: Path, model: Path) -> dict:
    """Open scores and make sure that they are this file's."""
    metrics = store.open_json(path, SCORED_BY.get(path.stem.rpartition("-")[2], "50_evaluation"))
    inputs, found = metrics["provenance"]["inputs"], store.digest(model)
    scored = inputs.get(paths.named(model)) or inputs.get(model.name)  # older scores have the file's name alone
    if scored != found:
        raise ValueError(
            f"{path} has the scores of another {model.name} (sha256 {scored}) than {model} ({found}): run "
            f"{metrics['provenance']['notebook']} again"
        )
    return metrics


def _other_seeds(folder: Path, model: str, target: str, trained: dict | None) -> dict[int, dict]:
    """Seed -> scores of the same training from another seed; a training with other parameters is another one."""
    named = re.compile(rf"{re.escape(model)}_seed(\d+)-{re.escape(target)}")
    found = {
        int(match[1]): store.open_json(path) for path in folder.glob("*.json") if (match := named.fullmatch(path.stem))
    }
    return {
        seed: scores for seed, scores in found.items() if scores.get("trained") == {**(trained or {}), "seed": seed}
    }


def _check_data(metrics: dict, profile: str) -> None:
    """Refuse what the card, which speaks of real faces, of expressions of FER2013's, would not be true of."""
    if profiles.synthetic(profile):
        raise ValueError(f"the faces of {profile} are sampled: only models of real ones ship")
    if metrics["target"] in CARDS:
        return
    for part, split in (("PublicTest", "validation"), ("PrivateTest", "test")):
        n, due = metrics[split]["all"]["n"], cards.faces(part, metrics["target"])
        if n != due:
            raise ValueError(
                f"scored on {n:,} {split} faces where FER2013's {part} has {due:,}: only models of it ship"
            )


def _ships(record: dict) -> Path | None:
    """The file of the network that a model is made of, if it is one of those that ship."""
    if not (name := record.get("network")):
        return None
    file = pretrained.network(name)
    if not file.exists():
        raise ValueError(
            f"{file} is not there: copy what `make networks` has trained, with its record, to {file.parent}"
        )
    return file


def _about(path: Path, shapes: dict[str, list[int]], record: dict, metrics: dict) -> dict:
    return {
        **{key: metrics[key] for key in ("model", "target", "classes", "points") if key in metrics},
        "inputs": shapes,
        "sources": record["inputs"],
        **({"network": record["network"], "temperature": record["temperature"]} if record.get("network") else {}),
        **_of_file(path),
    }


def _save_light(model: "keras.Model | BaseEstimator", about: dict, path: Path) -> None:
    from mien.models import export  # here: it brings Keras, which takes seconds

    export.to_litert(export.as_network(model, about), path, half=True)


def _of_file(path: Path) -> dict:
    return {"sha256": store.digest(path), "bytes": path.stat().st_size}


def _check_size(folder: Path, size: int, replaces: Path) -> None:
    if size > MODEL_LIMIT:
        raise ValueError(
            f"{replaces.name} has {size:,} bytes, and {MODEL_LIMIT:,} may ship: save it with half=True, or shrink it"
        )
    there = [*paths.pretrained().rglob("*"), *paths.networks().rglob("*")]
    files = [path for path in there if path.is_file() and replaces not in path.parents]
    if (total := sum(path.stat().st_size for path in files)) > TOTAL_LIMIT:
        raise ValueError(
            f"with {replaces.name}, what ships would have {total:,} bytes, and {TOTAL_LIMIT:,} may ship: "
            "remove another model first"
        )
