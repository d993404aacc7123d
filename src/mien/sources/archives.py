"""Archives, unpacked only when every entry is whole and stays inside its folder."""

import lzma
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

from mien.sources import signs

SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar")

_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError)
"""What damage looks like to the standard library."""

_METHODS = {9: "its compression is Deflate64, as Windows has it beyond 2 GB", 93: "its compression is Zstandard"}
"""What the standard library does not say of the methods that it does not know (PKWARE's APPNOTE, 4.4.5)."""

LIMIT = 16 * 2**30
"""Bytes that an archive may hold, unpacked: some five times as many as CK+, the largest set that is read here."""

ENTRIES = 100_000
"""Entries that an archive may have: almost three times as many as FER2013 has pictures."""

_BLOCK = 2**20  # bytes

_ZIP = b"PK\3\4", b"PK\5\6"

_BY_HAND = "nothing was unpacked: do it with another program, such as 7-Zip, and name the folder"


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive which `unpacked` opens."""
    return path.name.lower().endswith(SUFFIXES)


@contextmanager
def unpacked(path: Path, name: str | None = None) -> Iterator[Path]:
    """Unpack an archive into a temporary folder that goes when the block ends.

    Args:
        path: a file that ends in one of `SUFFIXES`.
        name: what messages call it; its path if None.

    Yields:
        The folder.

    Raises:
        ValueError: as `unpack`; there has been no folder then.
    """
    _check(path, name or str(path))
    with tempfile.TemporaryDirectory(prefix="mien-") as folder:
        _extract(path, Path(folder))
        yield Path(folder)


def unpack(path: Path, folder: Path) -> None:
    """Unpack an archive, a file that ends in one of `SUFFIXES`, into a folder.

    Raises:
        ValueError: the file is no archive or a corrupt one, an entry is a link, would land outside the folder or where
            another does (capitals make no difference), or is a file where another needs a folder, or all entries
            together have more than `LIMIT` bytes or are more than `ENTRIES`; names the archive and the entry. Nothing
            has been written then.
    """
    _check(path, str(path))
    _extract(path, folder)


def _check(path: Path, name: str) -> None:
    with path.open("rb") as file:
        begin = file.read(signs.LENGTH)
    if what := signs.what_is(begin) if begin else "an empty file: fetch it again":
        raise ValueError(f"{name}: no archive but {what}")
    (check_zip if _is_zip(path) else _check_tar)(path, name)


def _extract(path: Path, folder: Path) -> None:
    if _is_zip(path):
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive):
                archive.extract(member, folder)
    else:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")


def _is_zip(path: Path) -> bool:
    """By what it begins with, whatever its suffix says; by that where it begins as neither kind does."""
    with path.open("rb") as file:
        if file.read(4).startswith(_ZIP):
            return True
    try:
        return path.suffix.lower() == ".zip" and not tarfile.is_tarfile(path)
    except _BROKEN:  # within a tar that is packed
        return False


def _members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The entries, where some programs of Windows write backslashes between folders."""
    for member in archive.infolist():
        member.filename = member.filename.replace("\\", "/")
        yield member


def check_zip(path: Path, name: str) -> None:
    """Read a zip file once, without writing anything.

    Raises:
        ValueError: as `unpacked`.
    """
    entry, why, size, places = None, None, 0, _Places(name)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive):
                entry, why = member.orig_filename, _unreadable(member)
                places.check(entry, member.is_dir(), stat.S_ISLNK(member.external_attr >> 16))
                with archive.open(member) as file:
                    size = _drain(file, size, name)
    except RuntimeError as error:  # a compression that is not known, or a password
        raise ValueError(f"{name}: entry {entry!r}: {why or error}; {_BY_HAND}") from error
    except _BROKEN as error:
        raise ValueError(_corrupt(name, entry, error)) from error


def _unreadable(member: zipfile.ZipInfo) -> str | None:
    """Why the standard library cannot read an entry, where it does not say so itself, or not for people."""
    locked = member.flag_bits & 1  # APPNOTE, 4.4.4
    return "it wants a password" if locked else _METHODS.get(member.compress_type)


def _check_tar(path: Path, name: str) -> None:
    entry, size, places = None, 0, _Places(name)
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                entry = member.name
                places.check(entry, member.isdir(), not (member.isfile() or member.isdir()))
                if member.isfile():
                    size = _drain(archive.extractfile(member), size, name)
            _check_end(archive, name)
    except _BROKEN as error:
        raise ValueError(_corrupt(name, entry, error)) from error


def _check_end(archive: tarfile.TarFile, name: str) -> None:
    """Since tarfile takes a broken header for the end: that is a block of zeros, and after it the gzip's checksum."""
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("the next entry's header is damaged or missing")
    _drain(archive.fileobj, 0, name)


class _Places:
    """Where the entries of an archive would come to lie."""

    def __init__(self, name: str):
        self.name, self.entries = name, 0
        self.files: dict[PureWindowsPath, str] = {}
        self.folders: set[PureWindowsPath] = set()

    def check(self, entry: str, is_folder: bool, is_special: bool) -> None:
        place = PureWindowsPath(entry)  # knows both kinds of slash, and drives; capitals make no difference to it
        if is_special:
            raise ValueError(f"{self.name}: entry {entry!r} is a link or a device; expected files and folders only")
        if place.drive or place.root or ".." in place.parts:
            raise ValueError(f"{self.name}: entry {entry!r} would be written outside its folder; nothing was unpacked")
        self._take(place, entry, is_folder)
        if (place in self.files and place in self.folders) or not self.files.keys().isdisjoint(place.parents):
            raise ValueError(f"{self.name}: entry {entry!r} is a file and a folder; nothing was unpacked")
        self.entries += 1
        if self.entries > ENTRIES:
            raise ValueError(f"{self.name} has more than {ENTRIES:,} entries; nothing was unpacked")

    def _take(self, place: PureWindowsPath, entry: str, is_folder: bool) -> None:
        self.folders.update(place.parents)
        if is_folder:
            self.folders.add(place)
        elif place in self.files:
            both = f"{self.files[place]!r} and {entry!r}"
            raise ValueError(
                f"{self.name}: entries {both} would be one file, at least on Windows; nothing was unpacked"
            )
        else:
            self.files[place] = entry


def _drain(file, size: int, name: str) -> int:
    """Read a file to its end, which decompresses it and compares checksums; how many bytes came, added to `size`."""
    while block := file.read(_BLOCK):
        size += len(block)
        if size > LIMIT:  # an entry's header may promise fewer
            raise ValueError(f"{name} has more than {LIMIT:,} bytes, unpacked; nothing was unpacked")
    return size


def _corrupt(name: str, entry: str | None, error: Exception) -> str:
    where = f"entry {entry!r}, or what follows it," if entry else "the archive"
    why = str(error).partition(":\n")[0]  # tarfile has a line for every kind that it tried
    return f"{name}: {where} cannot be read ({why}); nothing was unpacked, fetch the archive again"
