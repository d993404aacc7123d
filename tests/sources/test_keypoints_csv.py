"""Kaggle's keypoints in every form; what cannot be read is named, and columns never change places."""

import re
import time
import zipfile

import numpy as np
import pandas as pd
import pytest

from mien.face_model import FaceModel
from mien.sources import keypoints_csv, sample
from mien.vocabulary import labels
from mien.vocabulary.topology import KEYPOINTS15

NAMES = [f"{name}_{axis}" for name in KEYPOINTS15 for axis in "xy"]
N = 20

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def image():
    """(20, 96, 96) uint8 noise."""
    return np.random.default_rng(3).integers(0, 256, (N, 96, 96), np.uint8)


@pytest.fixture
def table():
    """Coordinates that tell their row and column; a third of the rows have four points."""
    table = pd.DataFrame(np.arange(30) + np.arange(N)[:, None] / 100, columns=NAMES)
    table.loc[::3, [name for name in NAMES if name[:-2] not in sample.ALWAYS]] = np.nan
    return table


@pytest.fixture
def write(tmp_path, image):
    """table, name -> path; pictures become the last column."""

    def written(table, name="training.csv"):
        table = table.assign(Image=[" ".join(map(str, picture.ravel())) for picture in image[: len(table)]])
        table.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return written


def check(faces, table, image):
    np.testing.assert_array_equal(faces["image"], image)
    assert faces["keypoints"].dims == ("face", "keypoint", "axis")
    assert faces["keypoints"].dtype == np.float32
    assert list(faces["keypoint"].values) == list(KEYPOINTS15)
    np.testing.assert_allclose(faces["keypoints"].values.reshape(N, 30), table[NAMES], atol=1e-5)
    assert (faces["emotion"].values == labels.UNKNOWN).all()
    assert set(faces["split"].values) == {""}
    assert list(faces["id"].values[:2]) == ["00000", "00001"]


def test_training_csv_and_what_is_missing_in_it(write, table, image):
    faces = keypoints_csv.read_keypoints(write(table))
    check(faces, table, image)
    assert np.isnan(faces["keypoints"].values).all(axis=2).sum(axis=1).tolist() == [11, 0, 0] * 6 + [11, 0]
    assert len(np.unique(faces["group"])) == N
    assert set(faces["source"].values) == {"keypoints"}


@pytest.mark.parametrize("name", ["training.csv", "data.csv"])
def test_a_folder_with_one_table_among_other_files(write, table, image, tmp_path, name):
    write(table, name)
    (tmp_path / "test.csv").write_text("ImageId,Image\n1,0 0\n")
    (tmp_path / "IdLookupTable.csv").write_text("RowId,ImageId,FeatureName,Location\n")
    check(keypoints_csv.read_keypoints(tmp_path), table, image)


def test_complete_rows_alone(write, table, image):
    complete = table.dropna()
    path = write(complete, "data.csv")
    faces = keypoints_csv.read_keypoints(path)
    assert np.isfinite(faces["keypoints"]).all()
    np.testing.assert_allclose(faces["keypoints"].values.reshape(-1, 30), complete, atol=1e-5)


@pytest.mark.parametrize("test", ["test.zip", "Test.zip"])
def test_a_zip_and_a_zip_within_it_beside_that_of_the_test_set(write, table, image, pack, tmp_path, test):
    inner = pack(write(table), "training.zip")
    check(keypoints_csv.read_keypoints(inner), table, image)
    outer = tmp_path / "facial-keypoints-detection.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "training.zip")
        archive.writestr(test, "of no interest")
    check(keypoints_csv.read_keypoints(outer), table, image)


@pytest.mark.parametrize("last", [True, False])
def test_pictures_in_an_array_beside_the_points(table, image, tmp_path, last):
    table.to_csv(tmp_path / "facial_keypoints.csv", index=False)
    np.savez(tmp_path / "face_images.npz", face_images=(np.moveaxis(image, 0, -1) if last else image).astype(float))
    check(keypoints_csv.read_keypoints(tmp_path), table, image)
    check(keypoints_csv.read_keypoints(tmp_path / "facial_keypoints.csv"), table, image)


@pytest.mark.parametrize("seed", range(3))
def test_columns_in_any_order_are_found_by_their_names(write, table, image, tmp_path, seed):
    path = write(table)
    shuffled = pd.read_csv(path, dtype=str).assign(note="x").sample(frac=1, axis=1, random_state=seed)
    shuffled.to_csv(path, index=False)
    check(keypoints_csv.read_keypoints(path), table, image)


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title, lambda header: header.replace(",", " , ")])
def test_headers_in_capitals_or_with_blanks(write, table, image, change):
    path = write(table)
    header, rows = path.read_text().split("\n", 1)
    path.write_text(f"{change(header)}\n{rows}")
    check(keypoints_csv.read_keypoints(path), table, image)


def test_sources_and_groups_are_those_of_the_rows_whatever_their_order(write, table, image, tmp_path):
    groups = pd.DataFrame({"row": range(N), "source": "ytf", "group": [f"person {i // 4}" for i in range(N)]})
    groups.loc[:7, "source"] = "bioid"
    groups.sample(frac=1, random_state=0).to_csv(tmp_path / "groups.csv", index=False)
    write(table)
    faces = keypoints_csv.read_keypoints(tmp_path)
    check(faces, table, image)
    assert faces["source"].values.tolist() == groups["source"].tolist()
    np.testing.assert_array_equal(
        faces["group"].values[:, None] == faces["group"].values, np.kron(np.eye(5), np.ones((4, 4)))
    )


def test_a_sample_s_file_is_read(tmp_path):
    sample.write_keypoints(tmp_path, FaceModel.open(), 12, seed=0)
    faces = keypoints_csv.read_keypoints(tmp_path)
    assert faces.sizes == {"face": 12, "y": 96, "x": 96, "keypoint": 15, "axis": 2}
    left, right = (faces["keypoints"].sel(keypoint=f"{side}_eye_center", axis="x") for side in ("left", "right"))
    assert (left > right).all()  # the subject's left is on the viewer's right


def test_hundreds_of_faces_are_read_in_a_second_or_two(tmp_path, image):
    path = tmp_path / "training.csv"
    text = " ".join(map(str, image[0].ravel()))
    path.write_text(",".join([*NAMES, "Image"]) + "\n" + f"{','.join(['50.5'] * 30)},{text}\n" * 500)
    start = time.process_time()
    assert keypoints_csv.read_keypoints(path).sizes["face"] == 500
    assert time.process_time() - start < 3  # 4,784 take about two


def test_a_point_outside_the_picture_counts_as_missing_and_costs_no_other(write, table, image):
    table.loc[1, "nose_tip_y"] = 960.0
    table.loc[4, "mouth_left_corner_x"] = -0.6
    table.loc[4, "mouth_right_corner_x"] = np.nan
    path = write(table)
    with pytest.warns(UserWarning, match="count as missing") as said:
        faces = keypoints_csv.read_keypoints(path)
    assert [str(warning.message) for warning in said] == [
        f"{path}: 3 points have a coordinate outside the 96x96 picture, one coordinate alone, or stand at 0, 0, and "
        f"count as missing; the first is in {path}, line 3: nose_tip"
    ]
    assert said[0].filename == __file__
    for row, name in ((1, "nose_tip"), (4, "mouth_left_corner"), (4, "mouth_right_corner")):
        table.loc[row, [f"{name}_x", f"{name}_y"]] = np.nan
    check(faces, table, image)


def test_a_point_on_the_edge_is_in_the_picture(write, table, image):
    table.loc[1, ["nose_tip_x", "nose_tip_y"]] = [95.5, -0.5]
    check(keypoints_csv.read_keypoints(write(table)), table, image)


def test_a_point_in_the_corner_stands_for_none(write, table, image):
    table.loc[[1, 4], ["nose_tip_x", "nose_tip_y"]] = [0, 0]
    table.loc[2, ["nose_tip_x", "nose_tip_y"]] = [0, 50]
    with pytest.warns(
        UserWarning, match="2 points .* 0, 0, and count as missing; the first is in .*, line 3: nose_tip"
    ):
        faces = keypoints_csv.read_keypoints(write(table))
    table.loc[[1, 4], ["nose_tip_x", "nose_tip_y"]] = np.nan
    check(faces, table, image)


@pytest.mark.parametrize("scaled", [lambda points: points / 96, lambda points: (points - 48) / 48])
def test_points_as_shares_of_the_picture_are_refused(write, table, scaled):
    path = write(scaled(table))
    fault(path, f"{path}, line 2 and below: no coordinate is above 1", "expected pixels")


def test_a_face_without_any_point_keeps_its_row_and_is_warned_of(write, table, image):
    table.loc[[2, 5]] = np.nan
    path = write(table)
    with pytest.warns(UserWarning, match=f"2 faces have no point at all; the first is in {path}, line 4"):
        check(keypoints_csv.read_keypoints(path), table, image)


def fault(path, *words):
    """Read what cannot be read; the message holds every word."""
    with pytest.raises(ValueError) as error:
        keypoints_csv.read_keypoints(path)
    missing = [word for word in words if word not in str(error.value)]
    assert not missing, f"{missing} not in: {error.value}"


@pytest.mark.parametrize("absent", [["nose_tip_x"], ["left_eye_center_x", "mouth_left_corner_y"]])
def test_absent_columns_are_named(write, table, absent):
    path = write(table.drop(columns=absent))
    fault(path, f"{path}, line 1: no column {', '.join(absent)}")


def test_a_column_that_stands_there_twice_is_named(write, table):
    path = write(table)
    path.write_text(path.read_text().replace("nose_tip_y", "nose_tip_x", 1).replace("Image", "nose_tip_y", 1))
    fault(path, f"{path}, line 1: nose_tip_x stands there twice")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda line: line.rpartition(" ")[0], ["9215 pixels, expected 9216 (96x96)"]),
        (lambda line: line + " 7", ["9217 pixels, expected 9216"]),
        (lambda line: line.rpartition(" ")[0] + " 256", ["pixel 9216 is '256'"]),
        (lambda line: line.rpartition(",")[0], ["30 fields, expected 31 (left_eye_center_x, …, Image)"]),
        (lambda line: "1," + line, ["32 fields, expected 31"]),
        (lambda line: "4o" + line.removeprefix("0.03"), ["left_eye_center_x is '4o'", "expected pixels, or nothing"]),
    ],
    ids=["too few pixels", "too many", "too light", "too few fields", "too many fields", "no number"],
)
def test_a_row_that_cannot_be_read_is_named_with_its_line(write, table, spoil, words):
    table["left_eye_center_x"] = 0.03
    path = write(table)
    rows = path.read_text().splitlines()
    rows[6] = spoil(rows[6])
    path.write_text("\n".join(rows))
    fault(path, f"{path}, line 7: ", *words)


def test_the_wrong_file(tmp_path, write, table):
    (tmp_path / "points.txt").write_text("")
    fault(tmp_path / "points.txt", "points.txt is no table", "training.csv", "an archive")
    (tmp_path / "empty.csv").write_text("")
    fault(tmp_path / "empty.csv", "no column left_eye_center_x", "an empty file")
    fault(write(table[:0], "header.csv"), "no face below the header")
    (tmp_path / "test.csv").write_text("ImageId,Image\n1,0 0\n")
    fault(tmp_path / "test.csv", "line 1: no column", "'ImageId', 'Image'")
    with pytest.raises(FileNotFoundError, match="nowhere.csv is not there"):
        keypoints_csv.read_keypoints(tmp_path / "nowhere.csv")


def test_a_folder_with_no_table(tmp_path):
    fault(tmp_path, "0 tables of keypoints, found nothing", "training.csv")
    (tmp_path / "training.csv.gz").write_bytes(b"\x1f\x8b")
    fault(tmp_path, "0 tables of keypoints, found training.csv.gz", "an archive")


def test_of_two_tables_the_fuller_one_is_read_and_that_is_said(tmp_path, write, table, image):
    write(table, "training.csv")
    write(table[:3], "data.csv")
    with pytest.warns(UserWarning, match="reads training.csv, and passes over data.csv"):
        check(keypoints_csv.read_keypoints(tmp_path), table, image)


def test_semicolons_and_decimal_commas(tmp_path, write, table, image):
    path = write(table)
    path.write_text(path.read_text().replace(",", ";").replace(".", ","))
    check(keypoints_csv.read_keypoints(path), table, image)


@pytest.mark.parametrize(
    ("save", "words"),
    [
        (lambda path, image: None, ["is not there", "without a column Image"]),
        (lambda path, image: path.write_bytes(b"no zip"), ["no array `face_images`"]),
        (lambda path, image: np.savez(path, images=image), ["no array `face_images`"]),
        (lambda path, image: np.savez(path, face_images=np.array([{}])), ["no array `face_images`", "pickle"]),
        (lambda path, image: np.savez(path, face_images=image[1:]), ["(19, 96, 96)", "20 rows"]),
        (lambda path, image: np.savez(path, face_images=image[:, 1:]), ["(20, 95, 96)"]),
        (lambda path, image: np.savez(path, face_images=image.astype(str)), ["of type <U3", "expected grey levels"]),
        (lambda path, image: np.savez(path, face_images=image + 1j), ["of type complex128"]),
        (lambda path, image: np.savez(path, face_images=image > 99), ["of type bool"]),
        (lambda path, image: np.savez(path, face_images=image / 255), ["levels from 0.0 to 1.0", "whole ones"]),
    ],
    ids=[
        "none",
        "no zip",
        "other key",
        "pickled",
        "other rows",
        "other size",
        "text",
        "complex",
        "black or white",
        "shares",
    ],
)
def test_pictures_beside_the_points_that_do_not_fit(table, image, tmp_path, save, words):
    table.to_csv(tmp_path / "facial_keypoints.csv", index=False)
    save(tmp_path / "face_images.npz", image)
    fault(tmp_path, f"{tmp_path}/face_images.npz", *words)


PEOPLE = "\n".join(["row,source,group", *(f"{i},a,person {i // 4}" for i in range(N))])


@pytest.mark.parametrize(
    ("table_at", "groups_at"),
    [
        ("training.csv", "Groups.CSV"),
        ("sub/training.csv", "sub/groups.csv"),
        ("sub/training.csv", "groups.csv"),
        ("training.zip", "groups.csv"),
        ("sub/training.zip", "sub/groups.csv"),
    ],
)
def test_groups_are_found_beside_the_table_or_what_holds_it(write, table, pack, tmp_path, table_at, groups_at):
    folder = tmp_path / "keypoints"
    (folder / "sub").mkdir(parents=True)
    path = write(table)
    (pack(path, "training.zip") if table_at.endswith("zip") else path).rename(folder / table_at)
    (folder / groups_at).write_text(PEOPLE)
    assert len(np.unique(keypoints_csv.read_keypoints(folder)["group"])) == 5


@pytest.mark.parametrize("place", ["groups.csv", "inner/Groups.csv"])
def test_groups_are_found_in_the_archive_of_the_table(write, table, tmp_path, place):
    with zipfile.ZipFile(tmp_path / "training.zip", "w") as archive:
        archive.write(write(table, "data.csv"), "inner/training.csv")
        archive.writestr(place, PEOPLE)
    assert len(np.unique(keypoints_csv.read_keypoints(tmp_path / "training.zip")["group"])) == 5


@pytest.mark.parametrize("name", ["group.csv", "groups.xlsx", "groups (1).csv", "groups.csv.txt"])
def test_groups_by_another_name_are_named_and_not_read(write, table, tmp_path, name):
    (tmp_path / "keypoints").mkdir()
    write(table).rename(tmp_path / "keypoints" / "training.csv")
    (tmp_path / "keypoints" / name).write_text(PEOPLE)
    with pytest.warns(
        UserWarning, match=f"{re.escape(name)}: not read, since groups.csv alone says what belongs together"
    ):
        keypoints_csv.read_keypoints(tmp_path / "keypoints")


def test_of_several_files_of_groups_none_is_preferred(write, table, tmp_path):
    with zipfile.ZipFile(tmp_path / "training.zip", "w") as archive:
        archive.write(write(table, "data.csv"), "training.csv")
        archive.writestr("groups.csv", PEOPLE)
    (tmp_path / "groups.csv").write_text(PEOPLE)
    path = tmp_path / "training.zip"
    fault(path, f"{tmp_path}/groups.csv and {path}/groups.csv: expected one")


def test_groups_that_a_link_promises_are_not_passed_over(write, table, tmp_path):
    path = write(table)
    (tmp_path / "groups.csv").symlink_to(tmp_path / "nowhere")
    fault(path, f"{tmp_path}/groups.csv", "leads nowhere")


def test_a_damaged_archive_is_named(write, table, pack, tmp_path):
    path = pack(write(table), "training.zip")
    path.write_bytes(path.read_bytes()[:-99])
    fault(path, str(path), "fetch the archive again")
