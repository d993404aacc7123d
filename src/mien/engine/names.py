"""Names of files as people can read them, whatever characters a system lets them have."""

import re

LONGEST = 230
"""Bytes of a file's stem to which something may be added: file systems take 255 in all."""


def written(text: str) -> str:
    r"""A text that can be written: bytes that are no UTF-8 stand in it as `\xe9`, halves of characters as `\ud83d`.

    Python keeps such bytes of a name as lone surrogates (PEP 383), which no encoding takes.
    """
    return re.sub("[\ud800-\udfff]", _escaped, text)


def shown(name: object) -> str:
    r"""A name on one line: as it is written, and what would break or steer the line as `\n` or `\x1b`."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda found: ascii(found[0])[1:-1], written(str(name)))


def _escaped(found: re.Match) -> str:
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
