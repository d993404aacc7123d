"""Whatever cannot be read of FER2013 is named with its file and row."""

import zipfile

import openpyxl
import pytest
from PIL import Image

from mien.sources import fer2013


def fault(path, *words, **settings):
    """Read what cannot be read; the message holds every word."""
    with pytest.raises(ValueError) as error:
        fer2013.read(path, **settings)
    missing = [word for word in words if word not in str(error.value)]
    assert not missing, f"{missing} not in: {error.value}"
    return str(error.value)


def test_several_forms(rows, write_csv, write_folder, tmp_path):
    write_csv(rows, "one.csv")
    write_csv(rows, "two.csv")
    write_folder()
    fault(tmp_path, str(tmp_path), "one.csv", "two.csv", "pictures", "name the one")


def replaced(text, place, word):
    words = text.split()
    words[place] = word
    return " ".join(words)


ROW_FAULTS = {
    "empty usage": (lambda e, p, u: [e, p, ""], ["Usage ''", "Training", "PublicTest", "PrivateTest"]),
    "unknown usage": (lambda e, p, u: [e, p, "Later"], ["Usage 'Later'", "PrivateTest", "held out"]),
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


@pytest.mark.parametrize("second", ["emotion", "label", " Emotion", "emotion.1"])
def test_columns_that_say_the_same(rows, write_csv, write_xlsx, second):
    doubled = [[*row, second if i == 0 else "1"] for i, row in enumerate(rows)]
    for path, where in ((write_csv(doubled), "line 1:"), (write_xlsx(doubled), "row 1:")):
        fault(path, str(path), where, f"'emotion' and {second!r}")


@pytest.mark.parametrize("second", ["pixels.1", "Usage.1", "usage"])
def test_columns_doubled_in_pandas(rows, write_csv, second):
    first = "pixels" if "pixels" in second else "Usage"
    doubled = [[*row, row[rows[0].index(first)] if i else second] for i, row in enumerate(rows)]
    fault(write_csv(doubled), "line 1:", f"'{first}' and '{second}'")


@pytest.mark.parametrize(
    ("usage", "beside", "words"),
    [
        ("split", ("Verwendung", "PrivateTest"), ["column 'verwendung' says 'PrivateTest'", "Usage train"]),
        ("Usage", ("split", "test"), ["column 'split' says 'test'", "Usage train"]),
        ("note", ("file", "data/test/7.png"), ["column 'file' says 'data/test/7.png'", "no Usage"]),
        ("note", ("Verwendung", "held-out"), ["column 'verwendung' says 'held-out'", "no Usage"]),
        ("note", ("filename", "PrivateTest_4.jpg"), ["column 'filename' says 'PrivateTest_4.jpg'", "no Usage: add it"]),
        ("note", ("file", "img/test_3.PNG"), ["column 'file' says 'img/test_3.PNG'", "no Usage"]),
        ("note", ("file", "fer_test\\3.png"), ["column 'file' says", "no Usage"]),
        ("note", ("file", "Training_5.jpg"), ["column 'file' says 'Training_5.jpg'", "no Usage"]),
        ("note", ("file", "no-train_3.png"), ["column 'file' says 'no-train_3.png'", "no Usage"]),
        ("Usage", ("file", "PrivateTest_4.jpg"), ["column 'file' says 'PrivateTest_4.jpg'", "Usage train"]),
    ],
)
def test_a_word_for_a_split_is_not_passed_over(rows, write_csv, usage, beside, words):
    table = [["emotion", "pixels", usage, beside[0]]]
    table += [[*row[:2], "Training" if usage != "note" else "", ""] for row in rows[1:]]
    table[5][3] = beside[1]
    fault(write_csv(table), "line 6:", *words)


def test_a_table_whose_name_may_deny_training_is_refused(rows, write_csv):
    fault(write_csv([row[:2] for row in rows], "not_for_training.csv"), "not_for_training may be for training or held")


@pytest.mark.filterwarnings("ignore:.*passes over")
@pytest.mark.parametrize("list_", ["splits.csv", "test.txt", "list_patition_label.txt", "fer2013new.csv"])
def test_a_list_of_splits_beside_pictures_that_say_none(write_folder, tmp_path, list_):
    folder = (write_folder(prefix=False) / "train").rename(tmp_path / "faces")
    (folder / list_).write_text("Usage,Image name,neutral\nPrivateTest,0.png,4\n")
    fault(folder, f"{list_} may say which pictures are held out", "<split>/<label>/")


def test_a_column_for_each_split(rows, write_csv):
    table = [["emotion", "pixels", "is_test"], *([*row[:2], "0"] for row in rows[1:])]
    fault(write_csv(table), "line 1:", "'is_test'", "expected one column Usage")


@pytest.mark.parametrize("word", ["prueba", "2", ""])
def test_an_unknown_word_in_a_column_of_splits_by_another_name(rows, write_csv, word):
    rows[0][2], rows[5][2] = "subset", word
    fault(write_csv(rows), "line 6:", repr(word), "held out")


def test_a_column_for_every_pixel_is_refused_in_a_line(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(["emotion", *(f"pixel{i}" for i in range(2304))]) + "\n")
    assert len(fault(path, "no column pixels", "'pixel0'", "(2,305 columns)")) < 400


def test_two_sheets_of_faces(rows, tmp_path):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("more")):
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "two.xlsx")
    fault(tmp_path / "two.xlsx", "2 sheets have columns emotion and pixels")


@pytest.mark.parametrize("label", ["3", "03", "3.0"])
def test_folders_named_by_number_want_a_code_map(write_folder, label):
    folder = write_folder()
    (folder / "train/happy").rename(folder / "train" / label)
    fault(folder, f"train/{label}/Training_3.png", "code_map", "fer2013 (0 angry", "raf_db (1 surprise", "or your own")


@pytest.mark.parametrize("other", ["all", "part2", "query"])
def test_a_folder_that_says_no_split_beside_one_that_does(write_folder, other):
    folder = write_folder(prefix=False)
    (folder / "test").rename(folder / other)
    fault(folder, str(folder), f"{other}/angry", "none: rename them", "test (test, testing, ")


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
    rows[6][2] = "Later"
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


def bomb(path):
    Image.new("1", (20_000, 20_000)).save(path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-500])


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (shrink, "47x48 pixels, expected 48x48"),
        (bomb, "more than 179 million pixels"),
        (cut, "not a picture"),
        (lambda p: p.write_bytes(b""), "not a picture"),
    ],
    ids=["wrong size", "too large", "cut short", "empty"],
)
def test_picture_that_cannot_be_read(write_folder, pack, spoil, word, archive):
    folder = write_folder()
    spoil(folder / "train/happy/Training_3.png")
    path = pack(folder, "archive.zip") if archive else folder
    fault(path, f"{path}/{'pictures/' if archive else ''}train/happy/Training_3.png", word)


def test_picture_with_an_unknown_label(write_folder):
    folder = write_folder()
    (folder / "train/happy").rename(folder / "train/hungry")
    fault(folder, "train/hungry/Training_3.png", "'hungry'", "neutral")
