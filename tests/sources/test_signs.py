"""Files under another name are told by how they begin."""

import pytest

from mien.sources import signs


@pytest.mark.parametrize("before", [b"", b"\n ", b"\xef\xbb\xbf"])
def test_blanks_and_a_mark_of_utf8_may_come_first(before):
    assert signs.what_is(before + b"<!DOCTYPE html>").startswith("a web page")


@pytest.mark.parametrize("begin", [b"", b"emotion,pixels\n", b"PK\3\4", b"train/happy/3.png\0\0"])
def test_of_others_nothing_is_said(begin):
    assert signs.what_is(begin) == ""


def test_further_signs_count_where_they_are_given():
    assert signs.what_is(b"PK\3\4...", {b"PK": "an archive"}) == "an archive"
