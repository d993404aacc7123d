"""Archives are unpacked whole and into their folder, or not at all."""

import io
import re
import stat
import tarfile
import tempfile
import zipfile

import pytest

from mien.sources import archives

FILES = {"a/one.txt": b"one " * 999, "a/b/two.txt": b"two " * 999}


def pairs(files):
    """Of a dict, or as they are: then a name may stand there twice."""
    return files.items() if isinstance(files, dict) else files


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs(files):
            archive.writestr(name, content)
    return path


def tarred(path, files):
    kind = {".tar": "w", ".bz2": "w:bz2", ".tbz2": "w:bz2", ".xz": "w:xz", ".txz": "w:xz"}.get(path.suffix, "w:gz")
    with tarfile.open(path, kind) as archive:
        for name, content in pairs(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def packed(path, files=FILES):
    return (zipped if path.suffix == ".zip" else tarred)(path, files)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where the temporary folders come to stand, so that a test sees what is left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def refused(path, temporary, monkeypatch):
    """The message, once it is sure that no folder was so much as made."""
    monkeypatch.setattr(tempfile, "TemporaryDirectory", None)
    with pytest.raises(ValueError) as error, archives.unpacked(path):
        pass
    assert str(path) in str(error.value)
    assert not list(temporary.iterdir())
    return str(error.value)


every_kind = pytest.mark.parametrize("suffix", archives.SUFFIXES)


@every_kind
def test_unpacks_everything_and_tidies_up(tmp_path, temporary, suffix):
    with archives.unpacked(packed(tmp_path / f"x{suffix}")) as folder:
        found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        assert found == FILES
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("own", archives.SUFFIXES)
@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tgz"])
def test_an_archive_of_another_kind_than_its_suffix_says_is_unpacked(own, suffix, tmp_path):
    path = packed(tmp_path / f"x{own}").rename(tmp_path / f"y{suffix}")
    with archives.unpacked(path) as folder:
        assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == {*FILES}


@every_kind
@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt"])
def test_refuses_an_entry_that_climbs_out(tmp_path, temporary, monkeypatch, suffix, name):
    path = packed(tmp_path / f"x{suffix}", {**FILES, name: b"evil"})
    assert repr(name) in refused(path, temporary, monkeypatch)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_refuses_a_link_or_a_pipe_in_a_tar(tmp_path, temporary, monkeypatch, kind):
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("way out")
        entry.type, entry.linkname = kind, "/etc/hostname"
        archive.addfile(entry)
    assert "'way out'" in refused(path, temporary, monkeypatch)


def test_refuses_a_link_in_a_zip(tmp_path, temporary, monkeypatch):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("way out")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/hostname")
    assert "'way out'" in refused(path, temporary, monkeypatch)


@every_kind
@pytest.mark.parametrize("left", [0, 0.3, 0.9])
def test_refuses_an_archive_that_is_cut_short(tmp_path, temporary, monkeypatch, suffix, left):
    path = packed(tmp_path / f"x{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content))])
    refused(path, temporary, monkeypatch)


@pytest.mark.parametrize("own", [".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
@pytest.mark.parametrize("left", [0.1, 0.3, 0.9])
def test_refuses_a_tar_that_is_called_zip_and_cut_short(tmp_path, temporary, monkeypatch, own, left):
    content = packed(tmp_path / f"x{own}").read_bytes()
    (tmp_path / "x.zip").write_bytes(content[: int(left * len(content))])
    refused(tmp_path / "x.zip", temporary, monkeypatch)


@every_kind
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "an empty file"),
        (b"\n<!DOCTYPE html><title>Sign in</title>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive: unpack it with another program"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
    ],
)
def test_what_is_no_archive_is_called_what_it_is(tmp_path, temporary, monkeypatch, suffix, content, what):
    (path := tmp_path / f"x{suffix}").write_bytes(content)
    assert re.search(f"no archive but .*{what}", refused(path, temporary, monkeypatch))


@every_kind
def test_refuses_an_archive_that_holds_more_than_it_may(tmp_path, temporary, monkeypatch, suffix):
    """Each file alone would be small enough."""
    monkeypatch.setattr(archives, "LIMIT", sum(map(len, FILES.values())) - 1)
    path = packed(tmp_path / f"x{suffix}")
    assert "has more than 7,991 bytes, unpacked" in refused(path, temporary, monkeypatch)
    monkeypatch.setattr(archives, "LIMIT", 7_992)
    archives.unpack(path, tmp_path / "whole")
    assert (tmp_path / "whole" / "a" / "b" / "two.txt").read_bytes() == FILES["a/b/two.txt"]


@every_kind
@pytest.mark.parametrize("names", [("a/b", "a"), ("a", "a/b"), ("a/b/c", "a"), ("a", "x", "a/b/c")])
def test_refuses_an_entry_that_is_a_file_and_a_folder(tmp_path, temporary, monkeypatch, suffix, names):
    path = packed(tmp_path / f"x{suffix}", dict.fromkeys(names, b"one"))
    assert f"entry {names[-1]!r} is a file and a folder" in refused(path, temporary, monkeypatch)


@every_kind
@pytest.mark.filterwarnings("ignore:Duplicate name")  # zipfile's, while the test writes
@pytest.mark.parametrize("name", ["a/3.png", "./a/3.png", "a//3.png", "a\\3.png", "a/3.PNG", "A/3.png"])
def test_refuses_two_entries_that_would_be_one_file(tmp_path, temporary, monkeypatch, suffix, name):
    path = packed(tmp_path / f"x{suffix}", [("a/3.png", b"one"), (name, b"two")])
    assert f"entries 'a/3.png' and {name!r} would be one file" in refused(path, temporary, monkeypatch)


@every_kind
def test_refuses_an_archive_of_more_entries_than_it_may_have(tmp_path, temporary, monkeypatch, suffix):
    monkeypatch.setattr(archives, "ENTRIES", 3)
    archives.unpack(packed(tmp_path / f"x{suffix}", dict.fromkeys("abc", b"")), tmp_path / "whole")
    path = packed(tmp_path / f"y{suffix}", dict.fromkeys("abcd", b""))
    assert "has more than 3 entries" in refused(path, temporary, monkeypatch)


@every_kind
def test_into_a_folder_that_is_there_nothing_is_unpacked_of_what_is_refused(tmp_path, suffix):
    (tmp_path / "there").mkdir()
    with pytest.raises(ValueError, match="outside its folder; nothing was unpacked"):
        archives.unpack(packed(tmp_path / f"x{suffix}", {**FILES, "../evil.txt": b"evil"}), tmp_path / "there")
    assert not any((tmp_path / "there").iterdir())


def test_names_the_damaged_entry_of_a_zip(tmp_path, temporary, monkeypatch):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"two two", b"two too", 1))
    assert "a/b/two.txt" in refused(path, temporary, monkeypatch)


def test_names_the_entry_before_a_damaged_header_of_a_tar(tmp_path, temporary, monkeypatch):
    path = packed(tmp_path / "x.tar")
    path.write_bytes(path.read_bytes().replace(b"a/b/two.txt", b"a/b/too.txt", 1))  # its checksum no longer agrees
    assert "a/one.txt" in refused(path, temporary, monkeypatch)


def test_backslashes_stand_between_folders(tmp_path):
    """As some programs of Windows write them; of itself, Python makes them part of the names of files."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in ("train\\", "train\\happy\\1.png"):
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            archive.writestr(entry, b"" if name.endswith("\\") else b"one")
    archives.unpack(tmp_path / "x.zip", tmp_path / "whole")
    assert (tmp_path / "whole" / "train" / "happy" / "1.png").read_bytes() == b"one"


@pytest.mark.parametrize(("place", "value", "what"), [(2, 9, "Deflate64"), (2, 93, "Zstandard"), (0, 1, "password")])
def test_a_zip_that_python_cannot_unpack_is_told_from_a_damaged_one(
    tmp_path, temporary, monkeypatch, place, value, what
):
    path = zipped(tmp_path / "x.zip", FILES)
    content = bytearray(path.read_bytes())
    for begin, header in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # PKWARE's APPNOTE, 4.3.7 and 4.3.12: flags, then method
        content[content.find(begin) + header + place] = value
    path.write_bytes(content)
    said = refused(path, temporary, monkeypatch)
    assert what in said
    assert "another program" in said
    assert "ZipInfo" not in said
