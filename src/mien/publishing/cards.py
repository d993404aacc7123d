"""The cards of trained models, in Markdown: what was recorded when they were trained and scored, nothing by hand."""

import json
from statistics import mean, stdev

from jinja2 import Environment, PackageLoader, StrictUndefined

from mien.sources.fer2013 import COUNTS
from mien.vocabulary import labels

MEASURES = ("accuracy", "balanced_accuracy", "macro_f1", "ece")

SOURCES = {
    "bioid": "BioID Face Database (Jesorsky et al., 2001), points marked by hand",
    "ytf": "YouTube Faces (Wolf et al., 2011), of coarser points",
}
"""What the sources of keypoints are."""

LICENCES = {
    "bioid": "The BioID Face Database is published for research on face detection, for which it asks no permission.",
    "ytf": "YouTube Faces was made for the study of face recognition (https://www.cs.tau.ac.il/~wolf/ytfaces/), of "
    "videos that others had put on YouTube.",
}
"""On what terms they may be used."""


def of_expressions(name: str, about: dict, record: dict, metrics: dict) -> str:
    """The card of a model of expressions.

    Args:
        name: by which it opens.
        about: its `model.json`.
        record: what was kept beside it when it was trained; of a network of `models/networks`, `networks.described`.
        metrics: `scored`, the scores of one view of each face; `tencrop`, of ten views, or None; and `seeds`, seed ->
            the scores of the same training from another seed.
    """
    scored, tencrop, is_network = metrics["scored"], metrics["tencrop"], "network" in about
    seed = record["seed"] if is_network else record["provenance"]["parameters"]["seed"]
    by_seed = dict(sorted({**metrics["seeds"], seed: scored}.items()))
    knows = "emotion7" if is_network else about["target"]
    return written(
        "card_expressions.md.j2",
        name=name,
        about=about,
        record=record,
        seed=seed,
        taught=faces("Training", knows),
        chose=faces("PublicTest", knows),
        scored=scored,
        tencrop=tencrop,
        views=_views(scored) | (_views(tencrop, ", ten views") if tencrop else {}),
        seeds=list(by_seed),
        spread=_spread(list(by_seed.values())) if len(by_seed) > 1 else {},
    )


def of_keypoints(name: str, about: dict, record: dict, metrics: dict) -> str:
    """The card of a network of keypoints; the arguments are those of `of_expressions`.

    `metrics` has `left_out` too: source -> the scores, on all its faces, of a network that it taught nothing.
    """
    return written(
        "card_keypoints.md.j2",
        name=name,
        about=about,
        record=record,
        made=record["provenance"],
        scored=metrics["scored"],
        left_out=metrics["left_out"],
        sources=SOURCES,
        licences=LICENCES,
    )


def of_eyes(name: str, about: dict, record: dict, metrics: dict) -> str:
    """The card of a model of eye states; the arguments are those of `of_expressions`."""
    return written(
        "card_eyes.md.j2", name=name, about=about, record=record, made=record["provenance"], scored=metrics["scored"]
    )


def faces(part: str, target: str) -> int:
    """Faces of a part of FER2013 that have a class of the target."""
    classes = labels.TARGETS[target].classes_of
    return sum(n for n, code in zip(COUNTS[part], classes, strict=True) if code != labels.UNKNOWN)


def with_formats(card: str, facts: dict, gives: str) -> str:
    """A card with what is known of the network in other formats, before what it learned from.

    Args:
        card: with or without such a section, which is replaced.
        facts: as `exports.keep` takes them.
        gives: `probabilities` or `points`.
    """
    section = written("card_formats.md.j2", facts=facts, gives=gives)
    before, following, after = card.partition("## What it learned from\n")
    return f"{before.partition(section.splitlines()[0])[0]}{section}\n{following}{after}"


def written(template: str, **what) -> str:
    """A template of this folder, filled in."""
    environment = Environment(
        loader=PackageLoader("mien.publishing", "."), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["cell"] = _cell
    return environment.get_template(template).render(**what)


def _cell(value) -> str:
    """A value in a cell of a table."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("|", r"\|")


def _views(metrics: dict, suffix: str = "") -> dict[str, dict]:
    """The views of the test faces that have any, by a name for people."""
    return {f"{name}{suffix}": view for name, view in metrics["test"].items() if view["n"]}


def _spread(runs: list[dict]) -> dict[str, list[tuple[float, float]]]:
    """View -> mean and standard deviation of each of `MEASURES` over trainings."""
    values = {view: [[run["test"][view][measure] for run in runs] for measure in MEASURES] for view in _views(runs[0])}
    return {view: [(mean(each), stdev(each)) for each in measures] for view, measures in values.items()}
