"""What a file is that was meant as a table or an archive, and is none: by how it begins."""

import codecs

_UNPACK = "unpack it with another program, such as 7-Zip"

_SIGNS = {
    b"<": "a web page, perhaps one that asks to sign in: fetch the file again, with a browser",
    b"version https://git-lfs": "a pointer of Git LFS in place of the file: `git lfs pull` fetches it",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of the old form, or with a password: save it as .xlsx or .csv",
    b"Rar!\x1a\7": f"a RAR archive: {_UNPACK}",
    b"7z\xbc\xaf\x27\x1c": f"a 7z archive: {_UNPACK}",
    b"\x28\xb5\x2f\xfd": f"packed with Zstandard: {_UNPACK}",
}
"""How a file begins -> what it is, and what to do."""

LENGTH = 64
"""So many bytes are looked at."""


def what_is(begin: bytes, more: dict[bytes, str] | None = None) -> str:
    """What a file is and what to do, or "" where it begins as none that is known.

    Args:
        begin: its first `LENGTH` bytes.
        more: further signs, and what they mean here.
    """
    begin = begin.removeprefix(codecs.BOM_UTF8).lstrip()
    return next((what for sign, what in {**_SIGNS, **(more or {})}.items() if begin.startswith(sign)), "")
