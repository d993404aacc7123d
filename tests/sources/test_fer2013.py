"""Every form of FER2013 gives the same faces."""

import shutil
import warnings

import numpy as np
import openpyxl
import pytest
from PIL import Image

from mien.engine import store
from mien.faces.table import as_faces
from mien.sources import fer2013
from mien.vocabulary import labels

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


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("test.csv", "test"),
        ("PrivateTest.csv", "test"),
        ("fer2013_test.csv", "test"),
        ("test/fer.csv", "test"),
        ("PublicTest/fer.csv", "validation"),
        ("train/PublicTest.csv", "validation"),
        ("train.csv", "train"),
        ("latest.csv", ""),
    ],
)
def test_a_table_without_usage_is_held_out_by_its_name_as_pictures_are(rows, write_csv, tmp_path, name, split, pack):
    path = tmp_path / "testing" / "fer2013" / name  # what lies above the folder that is read says nothing
    path.parent.mkdir(parents=True)
    write_csv([row[:2] for row in rows]).rename(path)
    packed = pack(path, f"{path.stem}.zip")
    with warnings.catch_warnings(action="ignore"):
        for place in (tmp_path / "testing" / "fer2013", path):
            assert {*fer2013.read(place)["split"].values} == {split}
    assert {*fer2013.read(packed)["split"].values} == {labels.split_named(path.stem)}


def test_a_workbook_is_held_out_by_its_name_and_an_archive_too(rows, write_xlsx, write_csv, pack):
    bare = [row[:2] for row in rows]
    assert {*fer2013.read(write_xlsx(bare, "fer2013_test.xlsx"))["split"].values} == {"test"}
    assert {*fer2013.read(pack(write_csv(bare), "PrivateTest.zip"))["split"].values} == {"test"}


def test_a_sheet_s_title_holds_out_as_a_table_s_name_does(rows, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "PrivateTest"
    for row in rows:
        book.active.append(row[:2])
    book.save(tmp_path / "faces.xlsx")
    assert {*fer2013.read(tmp_path / "faces.xlsx")["split"].values} == {"test"}


def test_pictures_are_held_out_by_the_name_of_their_archive(write_folder, pack, tmp_path):
    folder = (write_folder(prefix=False) / "train").rename(tmp_path / "faces")
    for name, split in (("test.zip", "test"), ("val.tar.gz", "validation"), ("faces.zip", "")):
        assert {*fer2013.read(pack(folder, name))["split"].values} == {split}


@pytest.mark.parametrize("name", ["test", "PrivateTest", "FER2013_test"])
def test_the_folder_that_is_read_holds_out_by_its_name(rows, write_csv, write_folder, tmp_path, name):
    folder = (write_folder(prefix=False) / "train").rename(tmp_path / name)
    with pytest.warns(UserWarning, match=f"held out as test, since '{name}' is called so"):
        assert {*fer2013.read(folder)["split"].values} == {"test"}
    table = write_csv([row[:2] for row in rows]).rename(tmp_path / name / "f.csv")
    with pytest.warns(UserWarning, match="held out as test"):
        assert {*fer2013.read(table)["split"].values} == {"test"}


@pytest.mark.filterwarnings("error")
def test_what_says_a_split_within_goes_before_the_name_of_the_folder_that_is_read(
    rows, write_csv, write_folder, check, tmp_path
):
    check(fer2013.read(write_folder("my_test")))
    shutil.rmtree(tmp_path / "my_test")
    (tmp_path / "my_test").mkdir()
    check(fer2013.read(write_csv(rows, "my_test/f.csv")))


def test_a_column_usage_says_more_than_the_name_of_its_table(rows, write_csv, check):
    check(fer2013.read(write_csv(rows, "my_test.csv")))


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


@pytest.mark.parametrize(("folder", "split"), [("val", "validation"), ("dev_set", "validation"), ("Testing", "test")])
def test_split_folders(write_folder, usages, check, folder, split):
    path = write_folder(prefix=False)
    (path / "test").rename(path / folder)
    check(fer2013.read(path), ["train" if usage == "Training" else split for usage in usages])


def test_pictures_come_in_natural_order_whatever_the_suffix(tmp_path, pictures):
    for number, suffix in ((10, "png"), (9, "jpg"), (100, "JPEG")):
        (tmp_path / "x/3").mkdir(parents=True, exist_ok=True)
        Image.fromarray(pictures[0]).save(tmp_path / f"x/3/{number}.{suffix}")
    faces = fer2013.read(tmp_path / "x", code_map="fer2013")
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
    check(fer2013.read(folder))


def test_the_table_that_is_meant_is_found_among_others(rows, write_csv, pack, tmp_path, check):
    """As the competition has them, unpacked as they came; FER+'s labels; and an archive of what lies there."""
    folder = tmp_path / "raw"
    folder.mkdir()
    own = write_csv(rows)
    for path in (own, pack(own, "fer2013.tar.gz")):
        shutil.copy(path, folder)
    shutil.copy(own, folder / "icml_face_data.csv")
    (folder / "train.csv").write_text("emotion,pixels\n3,0 0\n")
    (folder / "test.csv").write_text("pixels\n0 0\n")
    (folder / "fer2013new.csv").write_text("Usage,Image name,neutral\nTraining,fer0000000.png,4\n")
    others = "fer2013.csv, fer2013new.csv, test.csv, train.csv, fer2013.tar.gz"
    with pytest.warns(UserWarning, match=f"raw: reads icml_face_data.csv, and passes over {others}$"):
        check(fer2013.read(folder))


def test_pictures_beside_a_table_that_is_none_of_faces(write_folder, check):
    folder = write_folder()
    (folder / "labels.csv").write_text("file,label\n0.png,angry\n")
    with pytest.warns(UserWarning, match="reads pictures, and passes over labels.csv"):
        check(fer2013.read(folder))


def test_a_sheet_is_found_by_its_columns_and_notes_beside_it_are_passed_over(rows, write_xlsx, check):
    path = write_xlsx(rows)
    book = openpyxl.load_workbook(path)
    book.active["F1"], book.active["H3"] = "my note", "and another"
    book.active.append([None, None])
    book.create_sheet("About", 0)["A1"] = "Source: me"
    book.save(path)
    check(fer2013.read(path))


def test_a_workbook_that_is_called_csv_is_read(rows, write_xlsx, check):
    check(fer2013.read(write_xlsx(rows, "fer2013.xlsx").rename(write_xlsx(rows).with_name("fer2013.csv"))))


@pytest.mark.parametrize(
    "write",
    [
        lambda picture: f"[{picture.replace(' ', ', ')}]",
        lambda picture: ".0 ".join([*picture.split(), ""]),
        lambda picture: f"[{', '.join(f'{level}.0' for level in picture.split())}]",
    ],
)
def test_pixels_as_pandas_writes_them(rows, write_csv, check, write):
    check(fer2013.read(write_csv([rows[0], *([e, write(p), u] for e, p, u in rows[1:])])))


def test_usage_by_other_words(rows, write_csv, check):
    words = {"Training": "train", "PublicTest": "dev", "PrivateTest": "Testing "}
    check(fer2013.read(write_csv([rows[0], *([e, p, words[u]] for e, p, u in rows[1:])])))


@pytest.mark.parametrize("column", ["split", "Set", "subset", " Partition", "data_split", "fold"])
def test_usage_under_another_name(rows, write_csv, write_xlsx, check, column):
    named = [["emotion", "pixels", column], *rows[1:]]
    check(fer2013.read(write_csv(named)))
    check(fer2013.read(write_xlsx(named)))


def test_beside_usage_stands_what_says_the_same_or_nothing_of_splits(rows, write_csv, check):
    beside = [["split", "fold", "note"], *([SPLIT[row[2]], "3", "seen in a test"] for row in rows[1:])]
    check(fer2013.read(write_csv([[*row, *more] for row, more in zip(rows, beside, strict=True)])))


@pytest.mark.filterwarnings("error")
def test_a_part_of_train_that_is_held_out_keeps_its_file_names(rows, write_csv, check):
    named = [[*row, f"Training_{i}.jpg" if i else "file"] for i, row in enumerate(rows)]
    check(fer2013.read(write_csv(named)))


@pytest.mark.parametrize("words", ["face_3.png", "happy_test", "seen in a test", "latest.jpg"])
def test_a_column_that_says_no_split_is_passed_over(rows, write_csv, check, words):
    noted = [[*row[:2], words if i else "note"] for i, row in enumerate(rows)]
    check(fer2013.read(write_csv(noted)), split=[""] * 14)


def test_a_table_is_the_one_meant_whatever_its_column_of_splits_is_called(rows, write_csv, tmp_path, check):
    write_csv([row[:2] for row in rows], "whole.csv")
    write_csv([["emotion", "pixels", "split"], *rows[1:]], "split.csv")
    with pytest.warns(UserWarning, match="reads split.csv, and passes over whole.csv"):
        check(fer2013.read(tmp_path))


@pytest.mark.parametrize("charts", [0, 1])
def test_a_sheet_for_a_chart_is_passed_over(rows, write_xlsx, check, charts):
    path = write_xlsx(rows)
    book = openpyxl.load_workbook(path)
    sheet = book.create_chartsheet("Counts", 0)
    for _ in range(charts):
        sheet.add_chart(openpyxl.chart.BarChart())
    book.save(path)
    check(fer2013.read(path))


def test_folders_named_by_number_mean_what_the_code_map_says(write_folder, check):
    folder = write_folder()
    raf_db = {word: str(number) for number, word in labels.CODE_MAPS["raf_db"].items()}
    for path in [*folder.glob("*/*")]:
        path.rename(path.with_name(raf_db[path.name]))
    check(fer2013.read(folder, code_map="raf_db"))


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"(?s)raw.fer2013.*csv.*xlsx.*archive.*make data"):
        fer2013.read(tmp_path / "raw" / "fer2013")


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
