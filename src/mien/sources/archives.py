"""Archives, unpacked only when every entry is whole and stays inside its folder."""

import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")

_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError)
"""What damage looks like to the standard library; the last is an unknown compression or a password."""

_BLOCK = 2**20  # bytes


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
        ValueError: the archive is corrupt, or an entry is a link or would land outside the folder; names the archive
            and the entry. Nothing has been written then.
    """
    is_zip = path.suffix.lower() == ".zip"
    (check_zip if is_zip else _check_tar)(path, name or str(path))
    with tempfile.TemporaryDirectory(prefix="mien-") as folder:
        if is_zip:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        else:
            with tarfile.open(path) as archive:
                archive.extractall(folder, filter="data")
        yield Path(folder)


def check_zip(path: Path, name: str) -> None:
    """Read a zip file once, without writing anything.

    Raises:
        ValueError: as `unpacked`.
    """
    entry = None
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                entry = member.filename
                _check_place(entry, stat.S_ISLNK(member.external_attr >> 16), name)
                with archive.open(member) as file:
                    _drain(file)
    except _BROKEN as error:
        raise ValueError(_corrupt(name, entry, error)) from error


def _check_tar(path: Path, name: str) -> None:
    entry = None
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                entry = member.name
                _check_place(entry, not (member.isfile() or member.isdir()), name)
                if member.isfile():
                    _drain(archive.extractfile(member))
            _check_end(archive)
    except _BROKEN as error:
        raise ValueError(_corrupt(name, entry, error)) from error


def _check_end(archive: tarfile.TarFile) -> None:
    """Since tarfile takes a broken header for the end: that is a block of zeros, and after it the gzip's checksum."""
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("the next entry's header is damaged or missing")
    _drain(archive.fileobj)


def _check_place(entry: str, is_special: bool, name: str) -> None:
    place = PureWindowsPath(entry)  # knows both kinds of slash, and drives
    if is_special:
        raise ValueError(f"{name}: entry {entry!r} is a link or a device; expected files and folders only")
    if place.drive or place.root or ".." in place.parts:
        raise ValueError(f"{name}: entry {entry!r} would be written outside its folder; nothing was unpacked")


def _drain(file) -> None:
    while file.read(_BLOCK):  # decompresses, and compares checksums at the end
        pass


def _corrupt(name: str, entry: str | None, error: Exception) -> str:
    where = f"entry {entry!r}, or what follows it," if entry else "the archive"
    return f"{name}: {where} cannot be read ({error}); nothing was unpacked, fetch the archive again"
