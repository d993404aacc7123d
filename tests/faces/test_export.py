import numpy as np
import xarray as xr
from PIL import Image

from mien.faces import export
from mien.faces.table import as_faces
from mien.vocabulary import labels


def picture_set(ids):
    image = np.random.default_rng(4).integers(0, 256, (3, 48, 48), np.uint8)
    return as_faces(image, [3, labels.UNKNOWN, 3], ["train", "test", "train"], ids, "made")


def test_pictures(tmp_path):
    (tmp_path / "pictures/old").mkdir(parents=True)
    export.write_pictures(picture_set(["a", "b", "c"]), tmp_path / "pictures")
    files = sorted(p.relative_to(tmp_path / "pictures").as_posix() for p in tmp_path.rglob("*.png"))
    assert files == ["happy/train_a.png", "happy/train_c.png", "unknown/test_b.png"]
    folders = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert folders == {*labels.EMOTIONS, "unknown"}
    written = np.asarray(Image.open(tmp_path / "pictures/unknown/test_b.png"))
    xr.testing.assert_identical(xr.DataArray(written), xr.DataArray(picture_set(["a", "b", "c"])["image"].values[1]))


def test_pictures_of_one_name_are_numbered_and_none_is_lost(tmp_path):
    faces = picture_set(["1", "b", "1"])
    export.write_pictures(faces, tmp_path / "pictures")
    files = sorted(p.relative_to(tmp_path / "pictures").as_posix() for p in tmp_path.rglob("*.png"))
    assert files == ["happy/train_1-2.png", "happy/train_1.png", "unknown/test_b.png"]
    second = np.asarray(Image.open(tmp_path / "pictures/happy/train_1-2.png"))
    np.testing.assert_array_equal(second, faces["image"].values[2])
