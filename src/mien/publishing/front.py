"""The front page of a book: what was asked and found, by what, and what is lacking."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mien.engine import graph, paths, profiles, store
from mien.publishing import api, cards, chart, dag, flow, scores
from mien.publishing.chapters import Chapter
from mien.vocabulary.labels import TARGETS

HIGHLIGHTS = ("50_evaluation", "55_ensemble", "41_train_enm", "45_train_mesh_gnn", "58_keypoints", "57_eye_state",
              "42_train_enm_images", "56_tuned", "52_saliency")  # fmt: skip
"""Notebooks whose findings have intervals; the front page shows five, in this order."""

FINDINGS = 5


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
        """Commit -> what was run by it, the latest first."""
        found: dict[str, list[Chapter]] = {}
        for chapter in sorted(self.chapters, key=lambda chapter: chapter.ended, reverse=True):
            found.setdefault(chapter.commit or "no commit that is known", []).append(chapter)
        return found

    @property
    def stages(self) -> dict[str, list[Chapter]]:
        """Stage -> its chapters."""
        found: dict[str, list[Chapter]] = {}
        for chapter in self.chapters:
            found.setdefault(chapter.stage, []).append(chapter)
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
        found = {target: scores.scored(self.metrics, target) for target in TARGETS}
        return {target: rows for target, rows in found.items() if rows}

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
        findings=findings(report),
        tables={target: scores.expressions(report.metrics, target) for target in report.best},
        keypoints=_keypoints(report.metrics),
        flow=flow.FILE.exists(),
        failed=[chapter for chapter in report.chapters if chapter.failed],
        seconds=sum(chapter.seconds for chapter in report.chapters),
        ended=max((chapter.ended for chapter in report.chapters), default="never"),
    )


def findings(report: Report) -> list[tuple[Chapter, str]]:
    """Up to five chapters with what their findings say with an interval, one of a notebook."""
    found = []
    for notebook in HIGHLIGHTS:
        variants = [chapter for chapter in report.chapters if chapter.name.split("-")[0] == notebook]
        variants.sort(key=lambda chapter: _place(report, chapter))
        said = [(chapter, words) for chapter in variants if (words := with_interval(chapter.finding))]
        found += said[:1]
    return found[:FINDINGS]


def _place(report: Report, chapter: Chapter) -> int:
    """Of a model among those of seven expressions, the best first; behind them what is none."""
    rows = sorted(report.best.get("emotion7", []), key=lambda row: row[3]["all"]["accuracy"], reverse=True)
    names = [f"50_evaluation-{row[0]}-emotion7" for row in rows]
    return names.index(chapter.name) if chapter.name in names else len(names)


def with_interval(finding: str) -> str:
    """The sentences of a finding that give an interval, at most two."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z*])", finding)
    return " ".join([sentence for sentence in sentences if "95 % interval" in sentence][:2])


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
