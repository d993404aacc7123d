"""Copies what a run has made to `reports/published/`, where git keeps it, and writes the page that shows it."""

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image, ImageChops

from mien.engine import exits, graph, locks, openings, paths, profiles, provenance, store
from mien.publishing import committed, made, page

FOLDERS = ("figures", "metrics")
"""What is copied of a run, with its notebooks; of a built-in profile, whose people do not exist, its faces too."""

EXECUTED = "executed"
"""The folder of notebooks, which are published without pictures, see `committed`."""

OFF = 32
"""So many of 256 levels a pixel may be off in a published figure, at the edge of a line: less than anybody sees."""

LISTED = 10
"""Of files that would be gone, so many are named."""

COPIES = "figures/10_extract_faces-copies.csv"
"""Of FER2013 it goes to `paths.copies()`, too."""


class NotPublished(ValueError):
    """There is nothing to publish, or it is not of one commit; the message says so in a line."""


@dataclass(frozen=True)
class Published:
    """What was copied.

    Attributes:
        folder: the copy.
        counts: folder of the run -> its artefacts: figures without their data and provenance, files of metrics.
        commits: what made them, see `made.commits`.
        removed: files that the copy had before and the run has not.
        opened: how often the test set was opened, here and in all that was published before.
    """

    folder: Path
    counts: dict[str, int]
    commits: Counter[str]
    removed: int
    opened: int

    def __str__(self) -> str:
        counts = ", ".join(f"{n:,} {name}" for name, n in self.counts.items())
        gone = f"; {self.removed:,} files that the run has not are gone" if self.removed else ""
        opened = f"; its test set was opened {self.opened:,} times" if self.opened else ""
        return f"{self.folder}: {counts}, of {', '.join(self.commits)}{gone}{opened}"


def publish(profile: str, anyway: bool = False) -> Published:
    """Replace the committed copy of a profile's report by what the run has now; to its ledger of openings add the new.

    Args:
        profile: name of a file in `conf/`.
        anyway: publish what was not made by one commit, too, or lacks what was published before.

    Raises:
        NotPublished: there is nothing. Or, said at once: there are changes that are not committed; several commits, or
            such changes, made it; nodes, such as those of further seeds, were not run; published files would be gone.
        ValueError: there is no such profile.
    """
    run, folder = paths.Paths(profile).reports(), paths.published(profile)
    shown = ("figures", *(["faces"] if profile in profiles.BUILT_IN else []))
    files = _files(run, (*FOLDERS, *shown[1:]))
    if not files:
        raise NotPublished(f"{run} has no figures and no metrics: `make pipeline PROFILE={profile}` makes them")
    notebooks = [file for node in graph.load() if (file := run / EXECUTED / f"{node}.ipynb").exists()]
    made_by = made.commits(made.records([*files, *notebooks]))
    had = _files(folder, ("faces", *FOLDERS, EXECUTED))
    gone = {file.relative_to(folder) for file in had} - {file.relative_to(run) for file in [*files, *notebooks]}
    if not anyway and (wrong := _wrong(profile, run, made_by, gone)):
        raise NotPublished(f"{'; '.join(wrong)}; `make publish PROFILE={profile} ANYWAY=1` publishes it as it is")
    opened = openings.joined(folder / openings.NAME, paths.openings(profile))
    ledger = openings.scored(opened, run / "metrics")
    texts = {notebook: committed.text(notebook, run, shown) for notebook in notebooks}
    _copy(files, texts, run, folder, ledger)
    if profile == "fer2013" and (run / COPIES).exists():
        shutil.copyfile(run / COPIES, paths.copies())
    counts = Counter(file.relative_to(run).parts[0] for file in [*files, *notebooks] if _is_artefact(file))
    return Published(folder, dict(counts), made_by, len(gone), len(ledger))


def _wrong(profile: str, run: Path, made_by: Counter[str], gone: set[Path]) -> list[str]:
    """All reasons why a run is not one to publish, each with what to do."""
    executed = paths.Paths(profile).executed()
    lacking = [node for node in graph.published(profile) if not (executed / f"{node}.ipynb").exists()]
    found = []
    if provenance.begun()["dirty"]:
        found.append(
            f"{', '.join(provenance.DECIDES)} have changes that are not committed: commit them, or take them back"
        )
    if len(made_by) != 1 or " " in next(iter(made_by)):  # words: of no commit alone
        makers = ", ".join(f"{n:,} by {name}" for name, n in made_by.most_common())
        again = (
            f"`make pipeline PROFILE={profile} AGAIN=1` runs again, from a clean tree, what this commit has not made"
        )
        found.append(f"{run} was not made by one commit ({makers}): {again}")
    if lacking:
        again = f"`make pipeline seeds PROFILE={profile}` runs them"
        found.append(f"{run} lacks {len(lacking):,} nodes ({', '.join(lacking)}): {again}")
    if gone:
        found.append(f"{run} lacks {len(gone):,} of the published files ({_listed(gone)}): has it all nodes?")
    return found


def _listed(files: set[Path]) -> str:
    """Their names; of many the first, and how many more there are."""
    more = f" and {len(files) - LISTED:,} more" if len(files) > LISTED else ""
    return ", ".join(file.as_posix() for file in sorted(files)[:LISTED]) + more


def _is_artefact(file: Path) -> bool:
    return not file.name.endswith(".provenance.json") and (
        file.suffix == ".png" or file.parent.name in (*FOLDERS[1:], EXECUTED)
    )


def _files(run: Path, folders: tuple[str, ...]) -> list[Path]:
    return [file for name in folders for file in _below(run / name)]


def _below(folder: Path) -> list[Path]:
    """The files of a folder, without those that are being written."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _copy(files: list[Path], texts: dict[Path, str], run: Path, folder: Path, ledger: list[dict[str, Any]]) -> None:
    with store.aside(folder) as temporary:
        for file in [*files, *texts]:
            target = temporary / file.relative_to(run)
            target.parent.mkdir(parents=True, exist_ok=True)
            if file in texts:
                target.write_text(texts[file], encoding="utf-8", newline="\n")
            elif file.suffix == ".png":
                _paint(file, target)
            else:
                shutil.copyfile(file, target)
        if ledger:
            openings.write(temporary / openings.NAME, ledger)
        page.write(temporary, folder.name)


def _paint(file: Path, target: Path) -> None:
    """Copy a figure with 256 colours, in half the bytes, if no level of its pixels is then off by more than `OFF`."""
    with Image.open(file) as opened:
        whole = opened.convert("RGB")
    few = whole.quantize(256, dither=Image.Dither.NONE)
    off = max(most for _, most in ImageChops.difference(whole, few.convert("RGB")).getextrema())
    if off <= OFF:
        few.save(target, optimize=True)
    else:
        shutil.copyfile(file, target)


def main(
    profile: Annotated[str, typer.Argument(help="Name of a file in conf/.")],
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway", help="Even if several commits, or uncommitted changes, have made it, or something is missing."
        ),
    ] = False,
) -> None:
    """Copy figures, metrics and notebooks of a run to reports/published/, and its openings of test, to be committed."""
    with exits.in_a_line(), locks.held(paths.Paths(profile).reports()):
        typer.echo(str(publish(profile, anyway)))


if __name__ == "__main__":
    exits.run(lambda: typer.run(main))
