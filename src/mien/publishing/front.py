"""The front page of a book: what was asked and found, by what, and what is lacking."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mien.engine import graph, paths, profiles, store
from mien.publishing import api, cards, chart, claims, dag, flow, scores
from mien.publishing.chapters import NO_NOTEBOOK, Chapter

CODED = re.compile(r"^\*\*[^:*]+: ")
"""The code names of models, with which the findings of notebooks that score them begin."""

Group = list[Chapter]
"""The runs of one notebook, the one that answers for it first."""


@dataclass(frozen=True)
class Report:
    """A folder of reports and its chapters."""

    folder: Path
    chapters: list[Chapter]

    @property
    def profile(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def synthetic(self) -> bool:
        """Whether its faces are drawn."""
        return profiles.synthetic(self.profile)

    @property
    def is_of_a_profile(self) -> bool:
        """Whether `conf/` knows it, and so which notebooks it should have."""
        return self.profile in paths.profiles()

    @cached_property
    def missing(self) -> list[str]:
        """Nodes of the profile that neither ran nor failed."""
        if not self.is_of_a_profile:
            return []
        there = {chapter.name for chapter in self.chapters}
        return sorted(graph.upstream(graph.load(), graph.last(self.profile)).keys() - there)

    @property
    def by_commit(self) -> dict[str, list[Chapter]]:
        """Commit -> what was run by it, the latest first; files that are no notebooks say nothing of it."""
        found: dict[str, list[Chapter]] = {}
        told = (chapter for chapter in self.chapters if chapter.failed != NO_NOTEBOOK)
        for chapter in sorted(told, key=lambda chapter: chapter.ended, reverse=True):
            found.setdefault(chapter.commit or "no commit that is known", []).append(chapter)
        return found

    @cached_property
    def stages(self) -> dict[str, list[Group]]:
        """Stage -> its notebooks, each with its runs."""
        places = {name: place for place, name in enumerate(self.scored)}
        groups: dict[str, Group] = {}
        for chapter in self.chapters:
            groups.setdefault(chapter.name.partition("-")[0], []).append(chapter)
        found: dict[str, list[Group]] = {}
        for group in groups.values():
            group.sort(key=lambda chapter: places.get(chapter.name, len(places)))
            found.setdefault(group[0].stage, []).append(group)
        return found

    @property
    def metrics(self) -> Path:
        """The folder of scores."""
        return self.folder / "metrics"

    @cached_property
    def machine(self) -> str:
        """What it ran on, as provenance has it."""
        for file in sorted([*self.metrics.glob("*.json"), *self.folder.glob("figures/*.provenance.json")]):
            content = store.open_json(file)
            if has := content.get("provenance", content).get("machine"):
                return "{system}, {processor}, {cores} cores, {memory_gib} GiB, Python {python}".format(**has)
        return "not known"

    @cached_property
    def best(self) -> dict[str, list]:
        """Target -> what was scored on it, as `scores.scored` gives it; targets without scores are left out."""
        found = {target: scores.scored(self.metrics, target) for target in scores.TITLES}
        return {target: rows for target, rows in found.items() if rows}

    @cached_property
    def scored(self) -> dict[str, str]:
        """Node that scored a model -> what the model is, for people; of each target the best first."""
        ranked = {target: sorted(rows, key=_accuracy, reverse=True) for target, rows in self.best.items()}
        return {_scored_by(row.model, target): row.name for target, rows in ranked.items() for row in rows}

    @cached_property
    def cards(self) -> dict[str, str]:
        """Model that ships -> its card."""
        files = sorted(paths.pretrained().glob("*/card.md"))
        return {file.parent.name: file.read_text(encoding="utf-8") for file in files}

    @property
    def ships(self) -> dict[str, str]:
        """Model that ships -> what its card says that it is."""
        said = {name: re.search(r"\*\*What it is\.\*\* (.+?\.)\s", card) for name, card in self.cards.items()}
        return {name: found[1] if found else "" for name, found in said.items()}

    @cached_property
    def rooms(self) -> dict[str, str]:
        """Room of `mien` -> the page of its public functions, in what is published."""
        return api.pages() if self.folder == paths.published(self.profile) else {}


def page(report: Report) -> str:
    """The front page in MyST Markdown."""
    return cards.written(
        "front.md.j2",
        report=report,
        contents=contents(report),
        findings=claims.listed(report.folder),
        answer=lambda chapter: _answer(report, chapter),
        tables={target: _results(report, target) for target in report.best},
        titles=scores.TITLES,
        keypoints=_keypoints(report.metrics),
        flow=flow.FILE.exists(),
        failed=[chapter for chapter in report.chapters if chapter.failed],
        seconds=sum(chapter.seconds for chapter in report.chapters),
        ended=max((chapter.ended for chapter in report.chapters), default="never"),
    )


def contents(report: Report) -> list[dict]:
    """What the book has, for its sidebar: captions and entries, each the name of a page, words, and entries within."""
    found = [
        {"caption": stage, "entries": [_entry(*group) for group in groups]} for stage, groups in report.stages.items()
    ]
    found += [{"caption": "Models that ship", "entries": [(f"models/{name}", name, []) for name in report.ships]}]
    found += [{"caption": "Functions of mien", "entries": [(f"api/{room}", room, []) for room in report.rooms]}]
    return [part for part in found if part["entries"]]


def _entry(first: Chapter, *others: Chapter) -> tuple[str, str, list]:
    inside = [(f"notebooks/{chapter.name}", chapter.variant or "by default", []) for chapter in (first, *others)]
    return f"notebooks/{first.name}", first.short, inside if others else []


def _answer(report: Report, chapter: Chapter) -> str:
    """What a notebook has found, of a model by the name that people know."""
    if chapter.failed:
        return f"**It failed**: `{chapter.failed}`"
    said = chapter.finding or "It has stored no finding."
    name = report.scored.get(chapter.name)
    return CODED.sub(lambda _: f"**{name[0].upper()}{name[1:]}: ", said, count=1) if name else said


def _scored_by(model: str, target: str) -> str:
    """The node that scores a model."""
    of = f"55_{model.replace('_', '-')}" if model.startswith("ensemble") else f"50_evaluation-{model}"
    return f"{of}-{target}"


def _accuracy(row: scores.Scored) -> float:
    return row.test["all"]["accuracy"]


def _results(report: Report, target: str) -> str:
    """The table of a target: families apart, models with the notebooks that scored them, the spread over seeds."""
    there, family, rows = {chapter.name for chapter in report.chapters}, "", []
    spread = scores.spreads(report.metrics, target)
    for row in report.best[target]:
        if row.family != family:
            family = row.family
            rows.append([f"**{family}**"] + [""] * 8)
        node = _scored_by(row.model, target)
        name = f"[{row.name}](notebooks/{node}.ipynb)" if node in there else row.name
        measured = [cell.replace(" (", "<br>(") for cell in scores.measured(row.test)]  # an interval below its measure
        rows.append([f"{name} (`{row.model}`)", *measured, spread.get(row.model, "–")])
    return scores.table(["model", *scores.MEASURED, "over seeds"], rows)


def drawings(report: Report) -> dict[str, bytes]:
    """The flow from raw data to scores, and, where there are any, the scores and the graph of notebooks: PNG files."""
    drawn = {"scores.png": chart.figure(report.folder, report.synthetic)} if "emotion7" in report.best else {}
    if report.is_of_a_profile:
        drawn["dag.png"] = dag.figure(report.profile)
    whole = {"flow.png": flow.FILE.read_bytes()} if flow.FILE.exists() else {}  # docs/ may not be there
    return whole | {name: figure._repr_png_() for name, figure in drawn.items()}


def _keypoints(metrics: Path) -> str:
    """How far off the fifteen points of each network are; nothing where none was scored."""
    rows = []
    for file in sorted(metrics.glob("*-keypoints15.json")):
        scored = store.open_json(file)
        for name, view in scored["test"].items():
            error = scores.interval(view, "rmse_px", 2)
            rows.append([f"`{scored['model']}`", name, f"{view['n']:,}", error, f"{view['nme']:.1%}"])
    names = ["network", "test faces", "faces", "RMSE in pixels", "of the distance between the eyes"]
    return scores.table(names, rows) if rows else ""
