"""What a command must not write over: what it reads, and pictures and videos that no command has made."""

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from pathlib import Path

from PIL.PngImagePlugin import PngInfo

from mien.engine import streams

SOFTWARE = "mien predict"
"""Stands in every annotated picture and every time line, so that it is known again."""

VIDEO_MARK = b"\0\0\0\x13freemien video"
"""Ends every annotated video: a box of 19 bytes that players skip (ISO/IEC 14496-12, `free`)."""

TEXTS = ("--csv", "--json")
"""Options of which a pipe, or a device that takes characters, may be given what is written: it needs no seeking."""


def check(inputs: Iterable[Path], outputs: Mapping[str, Path | None]) -> None:
    """Refuse to write over what is read, by whatever spelling or link it is named, over one another, or a folder.

    A table replaces a file of its own suffix alone: after `--csv photos/*.jpg` it would replace the first photo.

    Args:
        inputs: files to be read.
        outputs: option -> the file that it asks for.

    Raises:
        ValueError: with the option and the file.
    """
    read = {_identity(path): path for path in inputs if path.exists()}
    asked = [(option, path) for option, path in outputs.items() if path]
    for (one, path), (other, second) in combinations(asked, 2):
        if path.resolve() == second.resolve():
            raise ValueError(f"{one} and {other} both name {path}: name two files")
    for option, path in asked:
        if path.is_dir():
            raise ValueError(f"{option} {path} is a folder: name a file")
        if path.exists() and (own := read.get(_identity(path))):
            named = "" if own == path else f", by the name of {path}"
            raise ValueError(f"{option} would replace {own}, which is to be read{named}: name another file")
        _check_kind(option, path)
        if option in TEXTS and path.is_file() and path.suffix.lower() != (suffix := f".{option.strip('-')}"):
            raise ValueError(f"{option} would replace {path}, which may be yours: name a file that ends in {suffix}")


def _check_kind(option: str, path: Path) -> None:
    """Refuse what cannot be written to, or through."""
    above = next((folder for folder in path.absolute().parents if folder.exists()), path)
    if not above.is_dir():
        raise ValueError(f"{option} {path}: {above} is no folder")
    if path.is_symlink():
        try:
            path.resolve(strict=True)
        except FileNotFoundError:  # to be made
            pass
        except (OSError, RuntimeError) as error:  # RuntimeError is Python 3.11's and 3.12's, of links in a ring
            raise ValueError(f"{option} {path}: its links lead nowhere ({error})") from None
    if path.exists() and streams.is_one(path) and (option not in TEXTS or path.is_block_device() or path.is_socket()):
        raise ValueError(f"{option} {path} is no file: name a file")


def check_pictures(folder: Path, names: Mapping[Path, str], others: Mapping[str, Path | None]) -> None:
    """Refuse to save annotated pictures over what is no annotated picture, or is to be read or written.

    Args:
        folder: to save to.
        names: picture to be read -> name that it is saved under.
        others: option -> the file that it asks for.

    Raises:
        ValueError: with the folder and the file.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--save {folder} is a file: name a folder")
    saved = [folder / name for name in names.values()]
    ours = {path.resolve() for path in (folder, *saved)}
    for option, path in others.items():
        if path and path.resolve() in ours:
            raise ValueError(f"--save {folder} and {option} both write {path}: name another file")
    read = {_identity(path) for path in names}
    for path in saved:
        if path.exists() and (_identity(path) in read or not made(path)):
            raise ValueError(f"--save {folder} would replace {path}, which may be yours: name another folder")


def check_video(option: str, path: Path | None) -> None:
    """Refuse to write an annotated video over what is none, and under a name that says that it is something else.

    Args:
        option: that asks for the file.
        path: of the video; None: there is nothing to write.

    Raises:
        ValueError: with the option and the file.
    """
    _check_own(option, path, "an mp4", ".mp4", made_video)


def check_figure(option: str, path: Path | None) -> None:
    """As `check_video`, of a time line."""
    _check_own(option, path, "a PNG", ".png", made)


def _check_own(option: str, path: Path | None, kind: str, suffix: str, is_own: Callable[[Path], bool]) -> None:
    if path is None:
        return
    _check_kind(option, path)
    if path.suffix.lower() != suffix:
        raise ValueError(f"{option} {path}: it becomes {kind} file, name one that ends in {suffix}")
    if path.exists() and not is_own(path):
        raise ValueError(f"{option} would replace {path}, which may be yours: name another file")


def _identity(path: Path) -> tuple[int, int]:
    """The same for all spellings of a path, and for all links to a file."""
    status = path.stat()
    return status.st_dev, status.st_ino


def mark() -> PngInfo:
    """What `made` looks for, to be written into a picture."""
    text = PngInfo()
    text.add_text("Software", SOFTWARE)
    return text


def made_video(path: Path) -> bool:
    """Whether a file is an annotated video that a command has saved."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - len(VIDEO_MARK), 0))
        return file.read() == VIDEO_MARK


def made(path: Path) -> bool:
    """Whether a file is an annotated picture, or a time line, that a command has saved."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return f"tEXtSoftware\0{SOFTWARE}".encode() in file.read(256)  # texts come before pixels
    except OSError:  # to be said where it is read
        return False
