"""Small classes of a folder of pictures, brought up to a number by distorted copies beside the pictures they come from.

A copy is called `<parent>~<what was done>.png`, say `train_12~elastic2.png`: `faces.pictures` knows its
family by that, and a split keeps it on one side. Validation and test pictures are neither copied nor read.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text
from tqdm import tqdm

from mien.engine import store
from mien.engine.folders import is_litter
from mien.engine.names import LONGEST
from mien.faces import distortions, pictures
from mien.vocabulary import labels

WIDEST = 2**15 - 1
"""Pixels along a side that OpenCV distorts."""

_UNLABELLED = "unknown"  # where `export.write_pictures` puts the faces whose expression nobody has said


def find(folder: Path) -> tuple[list[Path], list[Path]]:
    """Tell the classes that are trained on from what is left alone.

    Args:
        folder: of `<label>/*` or `<split>/<label>/*`.

    Returns:
        The folders of classes; and those of other splits, or of faces without a label.

    Raises:
        ValueError: it is, or has, a validation or test set, and has no folder for training.
    """
    inside = _folders(folder)
    train = [f for f in inside if labels.split_named(f.name) == "train"]
    held_out = [f for f in inside if _is_held_out(labels.split_named(f.name))]
    if not train and (held_out or _is_held_out(labels.split_named(folder.resolve().name))):
        raise ValueError(f"{folder} holds validation or test pictures and no folder `train`: only that is enlarged")
    classes = [c for split in train or [folder] for c in _folders(split)]
    others = [f for f in inside if f not in train] if train else []
    unlabelled = [c for c in classes if c.name == _UNLABELLED]
    return [c for c in classes if c not in unlabelled], others + unlabelled


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not is_litter(path.name))


def _is_held_out(split: str) -> bool:
    return split not in ("", "train")


def _is_long(path: Path) -> bool:
    return len(os.fsencode(path.stem)) > LONGEST


@dataclass(frozen=True)
class Stock:
    """The files of a class.

    Attributes:
        folder: of the class.
        pictures: that can be read and are not held out, copies among them.
        problems: a line for every file that is no picture.
        held_out: number of files whose names begin with another split than train (`test_…`, `PublicTest_…`).
    """

    folder: Path
    pictures: list[Path]
    problems: list[str]
    held_out: int

    @property
    def originals(self) -> list[Path]:
        """The pictures that may be copied: those that are no copies, and whose names leave room for a copy's."""
        return [path for path in self.pictures if pictures.MARK not in path.stem and not _is_long(path)]


def take_stock(folder: Path) -> Stock:
    """Read every picture of a class once, so that only what can be read counts."""
    files = sorted(path for path in folder.iterdir() if not path.is_dir() and not is_litter(path.name))
    ours = [path for path in files if not _is_held_out(pictures.split_of(Path(path.name)))]
    readable, problems = [], []
    for path in tqdm(ours, f"reading {folder.name}", leave=False, delay=1):
        try:
            if max(pictures.read(path).shape) > WIDEST:
                raise ValueError(f"{path} is longer than {WIDEST:,} pixels")
            readable.append(path)
        except ValueError as error:
            problems.append(f"{error}; skipped")
    return Stock(folder, readable, problems, len(files) - len(ours))


def copies(originals: list[Path], seed: int) -> Iterator[tuple[Path, str, Path]]:
    """Which copies to make, without end: every picture once, in a shuffled order, then every picture again.

    Args:
        originals: of one class.
        seed: of the order, and of what is done first to which picture.

    Yields:
        The picture, the kind of distortion, and the copy's path, at which nothing stands yet. A picture meets every
        kind once before one comes again, and its mirror image never does.
    """
    order = [originals[i] for i in np.random.default_rng(seed).permutation(len(originals))]
    for turn in zip(*(_distortions(path, seed) for path in order), strict=True):
        for original, (kind, number) in zip(order, turn, strict=True):
            copy = original.with_name(f"{original.stem}{pictures.MARK}{kind}{number if number > 1 else ''}.png")
            if not copy.exists():
                yield original, kind, copy


def _distortions(path: Path, seed: int) -> Iterator[tuple[str, int]]:
    """Kinds and how often each has come."""
    rng = _random(path, seed)
    for number in count(1):
        for kind in rng.permutation(distortions.KINDS if number == 1 else list(distortions.FIELDS)):
            yield str(kind), number


def _random(path: Path, seed: int) -> np.random.Generator:
    """Random numbers that depend on the class, the file's name and the seed, and not on what was drawn before."""
    return np.random.default_rng([seed, *os.fsencode(f"{path.parent.name}/{path.name}")])


def fill(stock: Stock, to: int, seed: int) -> int:
    """Write copies until a class has a number of pictures.

    Args:
        stock: of the class.
        to: how many it is to have; if it has them, or has none to copy, nothing is written.
        seed: same seed, same copies.

    Returns:
        How many were written.

    Raises:
        OSError: they cannot be written; says where.
    """
    missing, made = max(to - len(stock.pictures), 0), 0
    planned = islice(copies(stock.originals, seed), missing)
    try:
        for original, kind, copy in tqdm(planned, f"copying {stock.folder.name}", missing, leave=False, delay=1):
            picture = distortions.distort(pictures.read(original), kind, _random(copy, seed))
            with store.aside(copy) as temporary:
                Image.fromarray(picture).save(temporary)
            made += 1
    except OSError as error:
        raise OSError(
            f"cannot write into {stock.folder} ({error.strerror or error}): what is there is whole"
        ) from error
    return made


def run(folder: Path, to: int, seed: int, console: Console) -> bool:
    """Enlarge every class of a folder, and say what was done; whether nothing was amiss.

    Args:
        folder: of `<label>/*` or `<split>/<label>/*`.
        to: the number of training pictures that every class is to have at least.
        seed: same seed, same copies.
        console: to speak to.

    Raises:
        ValueError: there is nothing to train on.
        OSError: copies cannot be written.
    """
    show = partial(console.print, soft_wrap=True, highlight=False, markup=False)
    classes, left = find(folder)
    stocks = [take_stock(label) for label in classes]
    for line in _remarks(folder, stocks, left):
        show(line)
    problems = list(_problems(stocks, to))
    for line in problems:
        show(f"✗ {line}", style="yellow")
    if not any(stock.pictures for stock in stocks):
        raise ValueError(f"no training pictures in {folder}: expected <label>/* or train/<label>/* in it")
    console.print(_table(folder, stocks, [fill(stock, to, seed) for stock in stocks]))
    return not problems


def _remarks(folder: Path, stocks: list[Stock], left: list[Path]) -> Iterator[str]:
    if all(stock.folder.parent == folder for stock in stocks):
        yield f"{folder} has no folders of splits: it is treated as training data"
    if left:
        yield f"left alone: {', '.join(f.relative_to(folder).as_posix() for f in left)}"
    if held_out := sum(stock.held_out for stock in stocks):
        yield f"left alone: {held_out:,} files whose names begin with the name of another split than train"
    known = {_UNLABELLED, *(stock.folder.name for stock in stocks)}
    for split in left:
        if missing := [f.name for f in _folders(split) if f.name not in known]:
            yield f"train has no {', '.join(missing)}, which {split.name} has"


def _problems(stocks: list[Stock], to: int) -> Iterator[str]:
    for stock in stocks:
        yield from stock.problems
        if len(stock.pictures) < to:
            yield from (
                f"{path} has too long a name to add to it; not copied" for path in stock.pictures if _is_long(path)
            )
        if len(stock.pictures) < to and not stock.originals:
            yield f"{stock.folder} has no picture to copy"


def _table(folder: Path, stocks: list[Stock], made: list[int]) -> Table:
    table = Table("class", *(Column(name, justify="right") for name in ("before", "after", "skipped")))
    for stock, new in zip(stocks, made, strict=True):
        before = len(stock.pictures)
        label = Text(stock.folder.relative_to(folder).as_posix())
        table.add_row(label, *(f"{n:,}" for n in (before, before + new, len(stock.problems))))
    return table
