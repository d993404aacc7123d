"""What stands for a profile's raw data in the keys of its nodes: what the files hold, not when or how they came."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from mien.engine import folders, paths, profiles

BESIDE = ("keypoints", "eye_state")
"""What notebooks read of the folder of raw data whatever the data set."""

Files = list[tuple[str, Path]]
"""Names, of a place and what lies in it, and where each is."""


def state(profile: str, kept: Path) -> str:
    """A hash of the names and contents of a profile's raw data; of a built-in one, which code draws, "".

    To read 35,000 pictures takes seconds, and to look at their sizes and times of change a fifth of one: they are read
    where those are others than they were.

    Args:
        profile: name of a file in `conf/`.
        kept: file that keeps what was found with the sizes and times it was found at, if its folder exists.
    """
    if profile in profiles.BUILT_IN:
        return ""
    places = (profiles.dataset(profile).path.as_posix(), *BESIDE)
    files = sorted(file for place in places for file in _files(place))
    looks = _hash([(str(path), *_size_and_time(path)) for _, path in files])
    had = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"looks": None}
    if had["looks"] != looks:
        had = {"looks": looks, "holds": _read(files)}
        _keep(had, kept)
    return _hash([profiles.synthetic(profile), had["holds"]])


def _files(name: str) -> Iterator[tuple[str, Path]]:
    """A file, or all in a folder but what is hidden or drawn for a profile."""
    place = paths.raw() / name
    drawn = {str(paths.home() / "data" / "raw" / built_in) for built_in in profiles.BUILT_IN}
    if place.is_file():
        yield name, place
    for path in folders.listed(place, drawn)[0] if place.is_dir() else ():
        yield f"{name}/{path.relative_to(place).as_posix()}", path


def _size_and_time(path: Path) -> tuple[int, int]:
    said = path.stat()
    return said.st_size, said.st_mtime_ns


def _read(files: Files) -> str:
    from mien.engine.progress import tqdm  # here and below: what is kept needs neither, and they take a second

    return _hash([(name, _digest(path)) for name, path in tqdm(files, "reading raw data", unit="file", delay=2)])


def _keep(found: dict[str, str], kept: Path) -> None:
    if kept.parent.exists():
        from mien.engine import store

        store.save_json(found, kept)


def _digest(path: Path) -> str:
    """The sha256 of a file; one that may not be read is left to its reader to name."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError:
        return "may not be read"


def _hash(parts: list) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
