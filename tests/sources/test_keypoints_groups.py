"""What belongs together, as a table says it in any form: read as meant, or refused."""

import numpy as np
import pytest
import xarray as xr

from mien.sources.keypoints_groups import grouped

FACES = xr.Dataset(coords={"face": range(4)})
PLAIN = "row,source,group\n0,bioid,1\n1,bioid,1\n2,ytf,7\n3,ytf,1\n"


@pytest.fixture
def read(tmp_path):
    """content -> the faces, with the groups that the file says."""

    def written(content):
        path = tmp_path / "groups.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return grouped(FACES, {path: "here/groups.csv"})

    return written


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace("row,source,group", "Row, Source ,GROUP"),
        PLAIN.replace("bioid,1\n", "bioid, 1\n", 1),
        PLAIN.replace("0,bioid,1", "0.0, bioid,1.0"),
        PLAIN.replace(",", ";").replace("0;bioid;1", "0,0;bioid;1,0"),
        "group,row,note,source\n1,3,,ytf\n7,2,,ytf\n1,0,,bioid\n1,1,,bioid\n",
    ],
)
def test_every_dialect_has_the_same_groups(read, content):
    faces = read(content)
    assert faces["source"].values.tolist() == ["bioid", "bioid", "ytf", "ytf"]
    same = faces["group"].values[:, None] == faces["group"].values
    np.testing.assert_array_equal(same, [[1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 1, 0], [1, 1, 0, 1]])


def test_without_a_file_nothing_is_said():
    assert grouped(FACES, {}).identical(FACES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PLAIN.rpartition("3,")[0], ": 3 rows, expected each from 0 to 3 once"),
        (PLAIN.replace("3,ytf", "2,ytf"), ": 4 rows, expected each from 0 to 3 once"),
        (
            PLAIN.replace("group", "person"),
            ", line 1: found 'row', 'source', 'person', expected the columns row",
        ),
        (PLAIN.replace("source", "group"), ", line 1: found 'row', 'group', 'group', expected .* each once"),
        ("", ": found an empty file"),
        ("<html>", ", line 1: no table but a web page"),
        (PLAIN.replace("2,ytf,7", "2,ytf,"), ", line 4: no group, expected a name"),
        (PLAIN.replace("2,ytf,7", "2, ,7"), ", line 4: no source, expected a name"),
        (PLAIN.replace("2,ytf,7", "two,ytf,7"), ", line 4: row is 'two', expected the number of a row"),
        (PLAIN.replace("2,ytf,7", "2,ytf,7,8"), r", line 4: 4 fields, expected 3 \(row, source, group\)"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(read, content, words):
    with pytest.raises(ValueError, match=f"^here/groups.csv{words}"):
        read(content)
