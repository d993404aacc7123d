import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from mien.faces.table import as_faces
from mien.sources import packed
from mien.vocabulary import labels


@pytest.fixture
def archive(tmp_path):
    """Five JPEG files in folders as Kaggle serves them, two of one name, and the faces that they are."""
    rng, path = np.random.default_rng(0), tmp_path / "archive.zip"
    places = (
        "train/0/Training_1",
        "train/3/Training_1",
        "test/3/PublicTest_2",
        "test/4/PrivateTest_3",
        "train/6/Training_4",
    )
    rows = [(folder, int(emotion), name) for folder, emotion, name in (place.split("/") for place in places)]
    image = []
    with zipfile.ZipFile(path, "w") as file:
        for folder, emotion, name in rows:
            content = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (48, 48), np.uint8)).save(content, "JPEG")
            file.writestr(f"{folder}/{labels.EMOTIONS[emotion]}/{name}.jpg", content.getvalue())
            image.append(np.asarray(Image.open(content)))
    splits = ["train", "train", "validation", "test", "train"]
    faces = as_faces(np.stack(image), [row[1] for row in rows], splits, [row[2] for row in rows], "fer2013")
    return path, faces.assign_coords(group=("face", [7, 8, 7, 9, 7]))


def test_training_and_validation_faces_come_back_as_they_were(archive, tmp_path):
    path, faces = archive
    packed.pack(path, faces, tmp_path / "packed.npz")
    again, kept = packed.unpack(tmp_path / "packed.npz"), faces.isel(face=[0, 1, 2, 4])
    np.testing.assert_array_equal(again["image"], kept["image"])
    for name in ("emotion", "group"):
        np.testing.assert_array_equal(again[name], kept[name])
    assert again["split"].values.tolist() == kept["split"].values.tolist()


def test_a_face_of_too_many_pixels_is_refused(tmp_path):
    content, path = io.BytesIO(), tmp_path / "packed.npz"
    Image.new("1", (20_000, 20_000)).save(content, "PNG")
    rests = np.frombuffer(content.getvalue(), np.uint8)
    np.savez(path, header=rests[:8], rests=rests[8:], ends=[len(rests) - 8], emotion=[0], group=[0], split=[False])
    with pytest.raises(ValueError, match=r"packed.npz, face 0 is not a picture .*more than 179 million pixels"):
        packed.unpack(path)


def test_no_test_face_travels(archive, tmp_path):
    path, faces = archive
    packed.pack(path, faces, tmp_path / "packed.npz")
    assert "test" not in packed.unpack(tmp_path / "packed.npz")["split"].values.tolist()


def test_the_header_that_all_share_is_written_once(archive, tmp_path):
    path, faces = archive
    packed.pack(path, faces, tmp_path / "packed.npz")
    with np.load(tmp_path / "packed.npz") as file:
        assert len(file["header"]) > 300


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 half of one"])
def test_what_is_no_file_of_faces_is_refused_in_words(content, tmp_path):
    (tmp_path / "faces.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"faces.npz is no file of packed faces, or not whole \(.*\): pack them again"):
        packed.unpack(tmp_path / "faces.npz")


def test_a_file_of_other_arrays_is_refused_in_words(tmp_path):
    np.savez(tmp_path / "faces.npz", other=np.zeros(3))
    with pytest.raises(ValueError, match=r"is no file of packed faces, or not whole .*header"):
        packed.unpack(tmp_path / "faces.npz")
