import numpy as np
import pytest
from PIL import Image

from mien.faces.cropping import crop
from mien.sources import combined
from mien.vocabulary.labels import EMOTIONS


@pytest.fixture
def raw(tmp_path, rows, write_csv):
    """FER2013's fourteen faces, and a sequence of five of CK+ whose label is disgust."""
    (tmp_path / "fer2013").mkdir()
    write_csv(rows, "fer2013/fer2013.csv")
    shown, said = (tmp_path / "ckplus" / top / "S005" / "001" for top in ("cohn-kanade-images", "Emotion"))
    shown.mkdir(parents=True)
    said.mkdir(parents=True)
    for i in range(1, 6):
        noise = np.random.default_rng(i).integers(0, 256, (64, 96), np.uint8)
        Image.fromarray(noise).save(shown / f"S005_001_{i:08d}.png")
    (said / "S005_001_00000005_emotion.txt").write_text("   3.0000000e+00\n")
    return tmp_path


def test_both_stand_in_one_table_with_one_vocabulary(raw, codes):
    faces = combined.read(raw)
    assert faces["emotion"].values.tolist() == [*codes, *[EMOTIONS.index("disgust")] * 3]
    assert faces["source"].values.tolist() == ["fer2013"] * 14 + ["ckplus"] * 3
    assert set(faces["split"].values[:14]) == {"train", "validation", "test"}
    assert set(faces["split"].values[14:]) == {""}
    assert len(np.unique(faces["group"])) == 15  # one more person


def test_pictures_have_the_size_of_fer2013_s(raw, pictures):
    image = combined.read(raw)["image"].values
    np.testing.assert_array_equal(image[:14], pictures)
    first = np.asarray(Image.open(raw / "ckplus/cohn-kanade-images/S005/001/S005_001_00000003.png"))
    np.testing.assert_array_equal(image[14], crop(first, (0, 0, 96, 64), 48))  # noise, in which is no face


def test_how_much_of_a_sequence_is_left_out_can_be_said(raw):
    assert combined.read(raw, skip=0.8).sizes["face"] == 14 + 1


def test_what_is_missing_is_named(raw):
    (raw / "ckplus" / "Emotion").rename(raw / "Emotion")
    with pytest.raises(ValueError, match="ckplus: no folder Emotion/"):
        combined.read(raw)
