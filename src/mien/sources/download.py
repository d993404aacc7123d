"""Fetch the raw data that may be fetched, count what came, and say of the rest where it is to be had."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from mien.engine import paths, store
from mien.engine.folders import is_litter
from mien.sources import archives
from mien.sources.fer2013 import COUNTS, TABLES
from mien.vocabulary import labels

KEYPOINTS = {"training.csv": 7049, "test.csv": 1783}
"""Rows of the Kaggle keypoints files."""


@dataclass(frozen=True)
class Source:
    """A raw source.

    Attributes:
        name: for people.
        slug: its name at Kaggle; empty if it must be got by hand.
        folder: where it goes, in the folder of raw data.
        files: what is taken of it.
        problem: folder -> what is wrong with what lies there, or None.
        licence: its terms.
        size: of the download.
        page: where a person gets it.
        competition: whether Kaggle wants an account and accepted rules.
        instead: other names under which the same data may lie there already.
    """

    name: str
    slug: str
    folder: str
    files: tuple[str, ...]
    problem: Callable[[Path], str | None]
    licence: str
    size: str
    page: str
    competition: bool = False
    instead: tuple[str, ...] = ()

    def by_hand(self) -> str:
        """What to do where it cannot be fetched."""
        return f"get {', '.join(self.files)} from {self.page}, put into {paths.raw() / self.folder}"


def _differences(found: dict[str, tuple[int, ...]], expected: dict[str, tuple[int, ...]]) -> Iterator[str]:
    for split, numbers in expected.items():
        for emotion, has, due in zip(labels.EMOTIONS, found[split], numbers, strict=True):
            if has != due:
                yield f"{split}/{emotion} has {has:,} faces instead of {due:,}"


def count_pictures(folder: Path) -> dict[str, tuple[int, ...]]:
    """Files per label in `train/<label>/` and `test/<label>/`."""

    def files(place: Path) -> int:
        return sum(not is_litter(path.name) for path in place.glob("*"))

    return {split: tuple(files(folder / split / emotion) for emotion in labels.EMOTIONS) for split in ("train", "test")}


def count_table(file: Path) -> dict[str, tuple[int, ...]]:
    """Rows per split and label of a FER2013 table; the columns of one edition begin with a blank."""
    import pandas as pd  # here, since it takes a second and most runs count no table

    table = pd.read_csv(file, usecols=lambda column: column.strip() in ("emotion", "Usage")).rename(columns=str.strip)
    counts = table.value_counts()
    return {split: tuple(int(counts.get((code, split), 0)) for code in range(7)) for split in COUNTS}


def fer2013_problem(folder: Path) -> str | None:
    """The first count of a FER2013 folder, table or pictures, that is not as published."""
    for table in TABLES:
        if (folder / table).exists():
            return next(_differences(count_table(folder / table), COUNTS), None)
    test = tuple(map(sum, zip(COUNTS["PublicTest"], COUNTS["PrivateTest"], strict=True)))
    return next(_differences(count_pictures(folder), {"train": COUNTS["Training"], "test": test}), None)


def keypoints_problem(folder: Path) -> str | None:
    """The first Kaggle keypoints file that is missing or has not its number of rows."""
    for name, due in KEYPOINTS.items():
        if not (folder / name).exists():
            return f"{name} is missing"
        with (folder / name).open("rb") as file:
            rows = sum(1 for line in file if line.strip()) - 1  # less the header
        if rows != due:
            return f"{name} has {rows:,} rows instead of {due:,}"
    return None


def ckplus_problem(folder: Path) -> str | None:
    """Which of the two folders of CK+ is missing."""
    missing = [name for name in ("cohn-kanade-images", "Emotion") if not (folder / name).is_dir()]
    return f"{missing[0]}/ is missing" if missing else None


SOURCES = (
    Source(
        name="FER2013, table",
        slug="challenges-in-representation-learning-facial-expression-recognition-challenge",
        folder="fer2013",
        files=TABLES[:1],
        problem=fer2013_problem,
        licence="the competition's rules: research and education, not to be passed on",
        size="300 MB",
        page="https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge",
        competition=True,
        instead=(TABLES[1], "train"),
    ),
    Source(
        name="FER2013, pictures",
        slug="msambare/fer2013",
        folder="fer2013",
        files=("train", "test"),
        problem=fer2013_problem,
        licence="Database Contents License for the contents; the pictures came from a web search",
        size="60 MB",
        page="https://www.kaggle.com/datasets/msambare/fer2013",
        instead=TABLES,
    ),
    Source(
        name="Facial keypoints",
        slug="facial-keypoints-detection",
        folder="keypoints",
        files=("training.csv", "test.csv", "IdLookupTable.csv"),
        problem=keypoints_problem,
        licence="the competition's rules: research and education, not to be passed on",
        size="80 MB",
        page="https://www.kaggle.com/c/facial-keypoints-detection",
        competition=True,
    ),
    Source(
        name="CK+",
        slug="",
        folder="ckplus",
        files=("cohn-kanade-images", "Emotion"),
        problem=ckplus_problem,
        licence="a signed agreement: non-commercial research, not to be passed on",
        size="by hand",
        page="https://www.jeffcohn.net/resources/",
    ),
)


def fetch(source: Source) -> None:
    """Download a source with kagglehub, count it, and copy it into the folder of raw data.

    Raises:
        ValueError: what came is not what was published.
        OSError: no network, no such page, no room.
        kagglehub.exceptions.UnauthenticatedError: Kaggle wants to know who asks.
    """
    import kagglehub

    download = kagglehub.competition_download if source.competition else kagglehub.dataset_download
    arrived = Path(download(source.slug))  # kagglehub's own cache, so that a broken download resumes
    for archive in arrived.glob("*.zip"):  # the keypoints come as zips within the zip
        archives.unpack(archive, arrived)
    if problem := source.problem(arrived):
        raise ValueError(f"not what was published: {problem} (in {arrived})")
    for name in source.files:
        if (arrived / name).exists():
            _copy(arrived / name, paths.raw() / source.folder / name)


def _copy(origin: Path, target: Path) -> None:
    copy = shutil.copytree if origin.is_dir() else shutil.copyfile
    with store.aside(target) as temporary:
        copy(origin, temporary)


def obtain(source: Source) -> tuple[bool, str]:
    """Have a source in the folder of raw data, by fetching it if need be.

    Returns:
        Whether it is there and whole, and one line that says so or says what to do.
    """
    folder = paths.raw() / source.folder
    if any((folder / name).exists() for name in source.files + source.instead):
        problem = source.problem(folder)
        return not problem, f"{problem} in {folder}: move it away and run again" if problem else f"is in {folder}"
    if not source.slug:
        return False, source.by_hand()
    return _try(source)


def _try(source: Source) -> tuple[bool, str]:
    import requests
    from kagglehub import config, exceptions

    try:
        if source.competition and config.get_kaggle_credentials() is None:
            return False, f"no Kaggle credentials (data/README.md says how to get them): {source.by_hand()}"
        fetch(source)
    except (requests.ConnectionError, requests.Timeout):
        return False, f"no network, or Kaggle does not answer: {source.by_hand()}"
    except (OSError, ValueError, exceptions.UnauthenticatedError, exceptions.DataCorruptionError) as error:
        return False, " ".join(f"{error}: {source.by_hand()}".split())  # kagglehub's messages have several lines
    return True, f"fetched into {paths.raw() / source.folder}"


def run(console: Console) -> bool:
    """Obtain every source, one after the other; whether any can be used in the end."""
    show = partial(console.print, soft_wrap=True, highlight=False, markup=False)
    show("Asks www.kaggle.com for what is not there yet: it gets your Kaggle credentials, if there are any.")
    results = []
    for source in SOURCES:
        show(f"\n{source.name} ({source.size}; {source.licence})", style="bold")
        usable, line = obtain(source)
        show(f"{'✓' if usable else '✗'} {line}", style="green" if usable else "yellow")
        results.append(usable)
    return any(results)
