"""Every form of FER2013 gives the same faces; every fault is named with its file and row."""

import shutil
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from mien import labels, store
from mien.sources import fer2013
from mien.sources.faces_table import as_faces

SPLIT = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
FIVE = ["anger", "disgust", "sad", "happiness", "surprise"]


@pytest.fixture
def check(pictures, codes, usages):
    """Compare faces with those that were written, whatever their order: the pictures tell them apart."""

    def compare(faces, split=None):
        expected = [SPLIT[usage] for usage in usages] if split is None else split
        written = {p.tobytes(): (c, s) for p, c, s in zip(pictures, codes, expected, strict=True)}
        read = zip(faces["image"].values, faces["emotion"].values, faces["split"].values, strict=True)
        assert {p.tobytes(): (c, s) for p, c, s in read} == written
        assert faces.sizes == {"face": 14, "y": 48, "x": 48}
        assert len(set(faces["id"].values)) == 14
        np.testing.assert_array_equal(faces["group"], np.arange(14))
        assert set(faces["source"].values) == {"fer2013"}

    return compare


def fault(path, *words, **settings):
    """Read what cannot be read; the message holds every word."""
    with pytest.raises(ValueError) as error:
        fer2013.read(path, **settings)
    missing = [word for word in words if word not in str(error.value)]
    assert not missing, f"{missing} not in: {error.value}"
    return str(error.value)


def test_csv(rows, write_csv, pictures, check):
    faces = fer2013.read(write_csv(rows))
    check(faces)
    np.testing.assert_array_equal(faces["image"], pictures)  # in the order of the file
    assert list(faces["id"].values[:2]) == ["00000", "00001"]


def test_csv_of_more_rows_than_a_block(rows, write_csv, pictures):
    faces = fer2013.read(write_csv(rows[:1] + rows[1:] * 5))
    np.testing.assert_array_equal(faces["image"], np.tile(pictures, (5, 1, 1)))


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 1, 0)])
def test_icml_csv(rows, write_csv, check, order):
    rows[0] = ["emotion", " pixels", " Usage"]
    check(fer2013.read(write_csv([[row[i] for i in order] for row in rows], "icml_face_data.csv")))


def test_csv_with_bom_blank_lines_quotes_and_loose_spaces(rows, tmp_path, check):
    lines = [f'{e},"{p.replace(" ", "  ", 3)} ",{u}' for e, p, u in rows]
    path = tmp_path / "fer2013.csv"
    path.write_text("\ufeffemotion,pixels,Usage\n" + "\n\n".join(lines[1:]) + "\n\n", encoding="utf-8")
    check(fer2013.read(path))


def test_csv_without_usage(rows, write_csv, check):
    check(fer2013.read(write_csv([row[:2] for row in rows])), split=[""] * 14)


def test_five_classes_are_told_by_the_code_map_alone(rows, write_csv):
    path = write_csv([["emotion", "pixels"], *([str(i), rows[1 + i][1]] for i in range(5))])
    five = fer2013.read(path, code_map="five")["emotion"].values
    assert [labels.EMOTIONS[code] for code in five] == ["angry", "disgust", "sad", "happy", "surprise"]
    seven = fer2013.read(path)["emotion"].values
    assert [labels.EMOTIONS[code] for code in seven] == ["angry", "disgust", "fear", "happy", "sad"]


@pytest.mark.parametrize("label", ["number", "float", "name"])
@pytest.mark.parametrize("column", ["label", "emotion"])
def test_xlsx(rows, write_xlsx, codes, check, label, column):
    written = {"number": int, "float": float, "name": lambda code: labels.EMOTIONS[code].title()}[label]
    body = [[row[1], written(code)] for row, code in zip(rows[1:], codes, strict=True)]
    check(fer2013.read(write_xlsx([["pixels", column], *body])), split=[""] * 14)


def test_pictures(write_folder, check):
    faces = fer2013.read(write_folder())
    check(faces)
    angry = faces["id"].values[faces["emotion"].values == 0]
    assert list(angry) == ["PublicTest_7", "Training_0"]  # the stems of their names, test/ before train/


def test_pictures_without_prefix_take_the_split_of_their_folder(write_folder, usages, check):
    check(fer2013.read(write_folder(prefix=False)), ["train" if u == "Training" else "test" for u in usages])


@pytest.mark.parametrize(("folder", "split"), [("val", "validation"), ("Validation", "validation"), ("all", "")])
def test_split_folders(write_folder, usages, check, folder, split):
    path = write_folder(prefix=False)
    (path / "test").rename(path / folder)
    check(fer2013.read(path), ["train" if usage == "Training" else split for usage in usages])


def test_pictures_come_in_natural_order_whatever_the_suffix(tmp_path, pictures):
    for number, suffix in ((10, "png"), (9, "jpg"), (100, "JPEG")):
        (tmp_path / "x/3").mkdir(parents=True, exist_ok=True)
        Image.fromarray(pictures[0]).save(tmp_path / f"x/3/{number}.{suffix}")
    faces = fer2013.read(tmp_path / "x")
    assert list(faces["id"].values) == ["9", "10", "100"]
    assert list(faces["emotion"].values) == [3, 3, 3]


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tgz", ".tar"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "folder", "archive"])
def test_archives(rows, write_csv, write_xlsx, write_folder, pack, check, form, suffix):
    write = {
        "csv": lambda: write_csv(rows),
        "xlsx": lambda: write_xlsx(rows),
        "folder": write_folder,
        "archive": lambda: pack(write_csv(rows), "inner.zip"),
    }
    check(fer2013.read(pack(write[form](), f"archive{suffix}")))


def test_folder_with_one_form(rows, write_csv, pack, tmp_path, check):
    folder = tmp_path / "raw/fer2013"
    (folder / "deep").mkdir(parents=True)
    (folder / "README.md").write_text("how it came here")
    (folder / "._fer2013.csv").write_text("what a system leaves")
    shutil.move(pack(write_csv(rows), "archive.zip"), folder / "deep")
    assert fer2013.find(tmp_path / "raw") == folder / "deep/archive.zip"
    check(fer2013.read(folder))


def test_find_a_folder_of_pictures(write_folder, tmp_path):
    assert fer2013.find(write_folder("raw/fer2013").parent) == tmp_path / "raw/fer2013"


def test_find_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"(?s)raw.fer2013.*csv.*xlsx.*archive.*make data"):
        fer2013.find(tmp_path / "raw")


def test_several_forms(rows, write_csv, write_folder, tmp_path):
    write_csv(rows, "one.csv")
    write_csv(rows, "two.csv")
    write_folder()
    fault(tmp_path, str(tmp_path), "one.csv", "two.csv", "pictures", "name the one")


def test_faces_survive_the_store_without_a_warning(rows, write_csv, tmp_path):
    faces = fer2013.read(write_csv(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.save_dataset(faces, tmp_path / "faces.zarr")
        assert store.open_dataset(tmp_path / "faces.zarr").load().identical(faces)


def test_no_faces_can_be_saved_too(tmp_path):
    empty = as_faces(np.empty((0, 48, 48), np.uint8), [], [], [], "nowhere")
    store.save_dataset(empty, tmp_path / "faces.zarr")
    assert store.open_dataset(tmp_path / "faces.zarr").load().identical(empty)


def replaced(text, place, word):
    words = text.split()
    words[place] = word
    return " ".join(words)


ROW_FAULTS = {
    "empty usage": (lambda e, p, u: [e, p, ""], ["Usage ''", "Training", "PublicTest", "PrivateTest"]),
    "unknown usage": (lambda e, p, u: [e, p, "Test"], ["Usage 'Test'", "PrivateTest"]),
    "code not in the map": (lambda e, p, u: ["7", p, u], ["code 7", "0 angry", "6 neutral", "code_map='fer2013'"]),
    "negative code": (lambda e, p, u: ["-1", p, u], ["code -1", "code_map"]),
    "unknown name": (lambda e, p, u: ["hungry", p, u], ["'hungry'", "neutral"]),
    "empty label": (lambda e, p, u: ["", p, u], ["label ''", "neutral"]),
    "not a number of a label": (lambda e, p, u: ["nan", p, u], ["code nan"]),
    "no pixels": (lambda e, p, u: [e, "", u], ["0 pixels", "2304"]),
    "too few pixels": (lambda e, p, u: [e, p.rpartition(" ")[0], u], ["2303 pixels", "2304"]),
    "too many pixels": (lambda e, p, u: [e, p + " 0", u], ["2305 pixels", "2304"]),
    "pixel that is no number": (lambda e, p, u: [e, replaced(p, 3, "1x"), u], ["pixel 4 is '1x'", "0 to 255"]),
    "fraction of a pixel": (lambda e, p, u: [e, replaced(p, 0, "1.5"), u], ["pixel 1 is '1.5'", "0 to 255"]),
    "pixel too light": (lambda e, p, u: [e, replaced(p, 9, "256"), u], ["pixel 10 is '256'", "0 to 255"]),
    "pixel too dark": (lambda e, p, u: [e, replaced(p, 2303, "-1"), u], ["pixel 2304 is '-1'", "0 to 255"]),
    "pixel that would wrap round": (lambda e, p, u: [e, replaced(p, 5, "65536"), u], ["pixel 6 is '65536'"]),
    "digits of another script": (lambda e, p, u: [e, replaced(p, 5, "٣"), u], ["pixel 6"]),
}
every_row_fault = pytest.mark.parametrize(("spoil", "words"), ROW_FAULTS.values(), ids=ROW_FAULTS)


@every_row_fault
@pytest.mark.parametrize("row", [1, 6, 14])
def test_fault_in_a_row_of_csv(rows, write_csv, spoil, words, row):
    rows[row] = spoil(*rows[row])
    path = write_csv(rows)
    fault(path, str(path), f"line {row + 1}:", *words)


@every_row_fault
def test_fault_in_a_row_of_xlsx(rows, write_xlsx, spoil, words):
    rows[6] = spoil(*rows[6])
    path = write_xlsx(rows)
    fault(path, str(path), "row 7:", *words)


def test_two_wrong_counts_that_make_up_for_each_other(rows, write_csv):
    first, _, last = rows[1][1].rpartition(" ")
    rows[1][1], rows[2][1] = first, f"{last} {rows[2][1]}"
    path = write_csv(rows)
    fault(path, str(path), "line 2:", "2303 pixels")


@pytest.mark.parametrize(
    ("field", "expected"), [(["3"], "1 fields, expected 3"), (["3", "0 1"], "2 fields, expected 3")]
)
def test_row_cut_short(rows, write_csv, field, expected):
    rows[5] = field
    path = write_csv(rows)
    fault(path, str(path), "line 6:", expected, "usage")


def test_row_with_too_much(rows, write_csv):
    rows[5].append("more")
    fault(write_csv(rows), "line 6:", "4 fields, expected 3")


def test_quote_that_does_not_close(rows, tmp_path):
    rows[3][1] = '"' + rows[3][1]
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(",".join(row) for row in rows))
    fault(path, str(path), "line 4:", "not a row of csv")


def test_code_not_among_the_five(rows, write_csv):
    path = write_csv([row[:2] for row in rows])  # row 6 of the seven has code 5
    fault(path, str(path), "line 7:", "code 5", "0 angry", "4 surprise", "code_map='five'", code_map="five")


def test_unknown_code_map(rows, write_csv):
    fault(write_csv(rows), "'six'", "fer2013", "five", code_map="six")


@pytest.mark.parametrize("missing", [0, 1])
def test_missing_column(rows, write_csv, write_xlsx, missing):
    kept = [[field for i, field in enumerate(row) if i != missing] for row in rows]
    for path, row in ((write_csv(kept), "line 1:"), (write_xlsx(kept), "row 1:")):
        fault(path, str(path), row, f"no column {rows[0][missing]}", repr(rows[0][1 - missing]), "'Usage'")


def test_empty_files(tmp_path, write_csv, write_xlsx):
    (tmp_path / "archive.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "nothing.zip", "w"):
        pass
    for path in (write_csv([]), write_xlsx([]), tmp_path / "archive.zip", tmp_path / "nothing.zip"):
        fault(path, str(path))


def test_header_alone(rows, write_csv):
    path = write_csv(rows[:1])
    fault(path, str(path), "no face")


def test_csv_that_is_none(tmp_path, pictures):
    path = tmp_path / "fer2013.csv"
    path.write_bytes(pictures.tobytes())
    fault(path, str(path), "line 1:")


@pytest.mark.parametrize("damage", ["no zip", "no workbook", "cut short"])
def test_xlsx_that_is_none(rows, write_xlsx, damage):
    path = write_xlsx(rows)
    if damage == "no workbook":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "a")
    else:
        path.write_bytes(b"no zip" if damage == "no zip" else path.read_bytes()[:-999])
    fault(path, str(path))


def test_fault_inside_an_archive(rows, write_csv, pack):
    rows[6][2] = "Test"
    inner = pack(write_csv(rows), "inner.tar.gz")
    path = pack(inner, "outer.zip")
    fault(path, f"{path}/inner.tar.gz/fer2013.csv, line 7:")


def test_damaged_archive_inside_an_archive(rows, write_csv, pack):
    inner = pack(write_csv(rows), "inner.zip")
    inner.write_bytes(inner.read_bytes()[:999])
    path = pack(inner, "outer.zip")
    fault(path, f"{path}/inner.zip")


def test_file_of_another_kind(tmp_path):
    path = tmp_path / "fer2013.txt"
    path.write_text("0,1 2 3,Training")
    fault(path, str(path), "csv", "xlsx", "archive")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        fer2013.read(tmp_path / "nowhere.csv")


def shrink(path):
    Image.new("L", (47, 48)).save(path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-500])


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize(
    ("spoil", "word"),
    [(shrink, "47x48 pixels, expected 48x48"), (cut, "not a picture"), (lambda p: p.write_bytes(b""), "not a picture")],
    ids=["wrong size", "cut short", "empty"],
)
def test_picture_that_cannot_be_read(write_folder, pack, spoil, word, archive):
    folder = write_folder()
    spoil(folder / "train/happy/Training_3.png")
    path = pack(folder, "archive.zip") if archive else folder
    fault(path, f"{path}/{'pictures/' if archive else ''}train/happy/Training_3.png: ", word)


def test_picture_with_an_unknown_label(write_folder):
    folder = write_folder()
    (folder / "train/happy").rename(folder / "train/hungry")
    fault(folder, "train/hungry/Training_3.png", "'hungry'", "neutral")
