import io

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


def test_a_count_without_an_end_is_taken_out_and_not_told():
    text = io.StringIO()
    for _ in tqdm(iter("abc"), "reading", file=text, mininterval=0):
        pass
    told, rest = progress.split(text.getvalue())
    assert (told, rest.strip()) == ([], "")
