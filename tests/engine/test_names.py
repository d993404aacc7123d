import os
import sys

import pytest

from mien.engine.names import shown, written


@pytest.mark.parametrize("name", ["img[copy].jpg", "a :smile: b.jpg", "김철수.jpg", "é.jpg", "עברית.jpg", " lead .jpg"])
def test_a_name_is_shown_as_it_is(name):
    assert shown(name) == written(name) == name


def test_bytes_that_are_no_text_are_escaped():
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")  # as Python gives it where names are UTF-8
    assert shown(name) == written(name) == "caf\\xe9.jpg"
    assert written("half \ud83d") == "half \\ud83d"
    if sys.platform == "linux":
        assert name == os.fsdecode(b"caf\xe9.jpg")


def test_what_would_break_a_line_is_escaped_where_it_is_shown():
    assert shown("new\nline\x1b[2J\x85.jpg") == "new\\nline\\x1b[2J\\x85.jpg"
    assert written("new\nline.jpg") == "new\nline.jpg"
