import io

import pytest
from tqdm.std import tqdm

from mien.engine import progress


def test_bars_are_told_and_taken_out_and_what_is_said_between_them_stays():
    text = io.StringIO()
    text.write("before\n")
    for _ in tqdm(range(2), "reading faces", file=text, mininterval=0):
        text.write("\ncareful: 3|4\n")
    told, rest = progress.split(text.getvalue())
    assert [*dict.fromkeys(told)] == [("reading faces", done, 2) for done in range(3)]
    assert rest.split() == ["before", "careful:", "3|4", "careful:", "3|4"]


WARNING = "/x.py:61: UserWarning: no face has the split test\n  code\n"


@pytest.mark.parametrize("leave", [False, True])
@pytest.mark.parametrize("total", [3, None])
def test_a_warning_after_a_bar_or_inside_of_it_is_whole(leave, total):
    text = io.StringIO()
    for _ in tqdm(iter("abc"), "reading [a]", total, leave, text, mininterval=0):
        text.write(WARNING)
    text.write(WARNING)
    told, rest = progress.split(text.getvalue())
    assert rest.count(WARNING) == 4
    assert "reading" not in rest
    assert bool(told) == bool(total)


def test_bars_inside_of_one_another_leave_nothing():
    text = io.StringIO()
    for _ in tqdm(range(2), "outer", file=text, mininterval=0):
        for _ in tqdm(range(2), "inner", file=text, mininterval=0, leave=False, position=1):
            pass
    told, rest = progress.split(text.getvalue())
    assert {what for what, *_ in told} == {"outer", "inner"}
    assert rest.strip() == ""


def test_a_count_without_an_end_is_taken_out_and_not_told():
    text = io.StringIO()
    for _ in tqdm(iter("abc"), "reading", file=text, mininterval=0):
        pass
    told, rest = progress.split(text.getvalue())
    assert (told, rest.strip()) == ([], "")
