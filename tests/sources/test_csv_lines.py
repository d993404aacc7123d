"""Tables as programs write them: the same rows, or a reason."""

import pytest

from mien.sources.csv_lines import lines

ROWS = [["emotion", "pixels", "Usage"], ["3", "1 2", "Training"], ["0", "3 4", "PublicTest"]]
PLAIN = "emotion,pixels,Usage\n3,1 2,Training\n0,3 4,PublicTest\n"


@pytest.fixture
def split(tmp_path):
    """content -> the rows, with the numbers of their lines."""

    def read(content):
        path = tmp_path / "a.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [(int(where.removeprefix("a.csv, line ")), fields) for where, fields in lines(path, "a.csv")]

    return read


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t").encode("utf-16"),  # Excel's "Unicode text"
        PLAIN.encode("utf-16-be").join([b"\xfe\xff", b""]),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("3,1 2,Training", '"3","1 2","Training"'),
        PLAIN + ",,\n \n\n , , \n" + '"","",""\n',
    ],
)
def test_every_dialect_has_the_same_rows(content, split):
    assert split(content) == list(enumerate(ROWS, 1))


@pytest.mark.parametrize("sep", [";", ",", "|"])
def test_excels_first_line_names_the_delimiter_and_counts(sep, split):
    assert split(f"sep={sep}\n{PLAIN.replace(',', sep)}") == list(enumerate(ROWS, 2))


def test_a_delimiter_within_a_field_of_a_table_of_semicolons_is_text(split):
    assert split("x;y\n66,03;39\n") == [(1, ["x", "y"]), (2, ["66,03", "39"])]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\n <!DOCTYPE html><title>Sign in</title>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook of the old form"),
        (b"PK\3\4", "archive or a workbook"),
        (b"\x1f\x8b\x08", "packed with gzip: unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(content, what, split):
    with pytest.raises(ValueError, match=f"a.csv, line 1: no table but .*{what}"):
        split(content)
