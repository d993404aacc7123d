"""What people hold as a picture is taken for what it is, or refused with what is wanted."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.inference import arrays

RGB = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
GRAY = RGB[..., 1].copy()


class Tensor:
    """As torch's: numpy makes an array of it, and channels come first."""

    __module__ = "torch"

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class OfVision(Tensor):
    """As torchvision's `tv_tensors.Image`, a tensor of another package."""

    __module__ = "torchvision.tv_tensors"


class Raises:
    """An object whose own way to an array fails."""

    def __init__(self, error):
        self.error = error

    def __array__(self, dtype=None, copy=None):
        raise self.error


def cut_short():
    """A picture of which Pillow has read the header alone, and whose file ends there."""
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, "PNG")
    return Image.open(io.BytesIO(file.getvalue()[:2000]))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (RGB, RGB),
        (np.dstack([RGB, GRAY]), RGB),
        (RGB[..., ::-1].copy()[..., ::-1], RGB),
        (RGB[::-1].copy()[::-1], RGB),
        (np.pad(RGB, ((9, 9), (9, 9), (0, 0)))[9:-9, 9:-9], RGB),
        (np.asfortranarray(RGB), RGB),
        (np.frombuffer(RGB.tobytes(), np.uint8).reshape(RGB.shape), RGB),
        ([*RGB], RGB),
        (Image.fromarray(RGB), RGB),
        (Tensor(np.moveaxis(RGB, -1, 0)), RGB),
        (GRAY, GRAY),
        (GRAY[..., None], GRAY),
        (np.dstack([GRAY, GRAY * 0]), GRAY),
        (Tensor(GRAY[None]), GRAY),
        (OfVision(np.moveaxis(RGB[:40, :40], -1, 0)), RGB[:40, :40]),
        (np.ma.array(RGB), RGB),
        (RGB[None, :40, :40, 0], RGB[None, :40, :40, 0]),
        (np.zeros((0, 48, 48), np.uint8), np.zeros((0, 48, 48), np.uint8)),
    ],
)
def test_what_is_plain_is_taken(given, meant):
    seen = arrays.checked(given)
    np.testing.assert_array_equal(seen, meant)
    assert seen.flags.c_contiguous
    assert arrays.are_faces(seen) == (meant.ndim == 3 and meant.shape[-1] > 4)


def test_a_palette_of_pillow_is_seen_in_its_colours():
    few = Image.fromarray(RGB // 128 * 255)
    np.testing.assert_array_equal(arrays.checked(few.convert("P", palette=Image.Palette.ADAPTIVE)), np.asarray(few))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (RGB / 255, "an array of float64 and shape (40, 60, 3): expected uint8"),
        (RGB / 255, "give np.uint8(np.rint(255 * it)), of levels from 0 to 1"),
        (np.float32(RGB), "give np.uint8(np.rint(it)), of levels from 0 to 255"),
        (RGB.astype(int), "give np.uint8(np.rint(it)), of levels from 0 to 255"),
        (RGB.astype(np.uint16) * 257, "give np.uint8(it >> 8), of 16 bits"),
        (RGB / 127.5 - 1, "gray faces (face, size, size)"),
        (GRAY > 99, "give 255 * np.uint8(it)"),
        (RGB[None], "give one picture after the other"),
        (np.moveaxis(RGB, -1, 0), "give np.moveaxis(it, 0, -1) if its channels come first"),
        (np.zeros((0, 0, 3), np.uint8), "give one that has pixels"),
        (GRAY[0], "a picture (height, width)"),
        ([[1, 2], [3]], "numpy makes no array of this list"),
        (np.ma.array(RGB, mask=RGB > 250), f"of which {(RGB > 250).sum():,} values are masked"),
        (np.ma.array(RGB, mask=RGB > 250), "give it.filled(…)"),
        (Image.new("RGB", (0, 5)), "a picture of 0x5"),
        (Image.new("L", (5, 0)), "give one that has pixels"),
        (cut_short(), "a picture of Pillow's that cannot be read (image file is truncated"),
        (Raises(KeyError("x")), "numpy makes no array of this Raises ('x')"),
        (Raises(AttributeError("no x")), "numpy makes no array of this Raises (no x)"),
        (None, "give a file that cv2.imread can read"),
        ("a.jpg", "give pictures.read_rgb(Path(…)), of mien.faces"),
        (Path("a.jpg"), "give pictures.read_rgb"),
    ],
)
def test_what_is_not_is_refused_with_what_came_and_what_is_wanted(given, said):
    with pytest.raises(ValueError) as error:
        arrays.checked(given)
    assert said in str(error.value)
    assert "expected uint8, a picture (height, width)" in str(error.value)


def test_a_list_of_pictures_of_pillow_is_seen_in_its_colours_or_refused():
    faces = [Image.fromarray(GRAY[:40, :40])] * 3
    np.testing.assert_array_equal(arrays.checked(faces), [GRAY[:40, :40]] * 3)
    np.testing.assert_array_equal(arrays.checked([face.convert("1") for face in faces]).max(), 255)
    with pytest.raises(
        ValueError, match=r"an array of uint8 and shape \(3, 40, 40, 3\): .* one picture after the other"
    ):
        arrays.checked([face.convert("P") for face in faces])


def test_gray_stored_times_its_alpha_is_gray():
    gray = Image.merge("LA", (Image.fromarray(GRAY), Image.new("L", (60, 40), 255)))
    np.testing.assert_array_equal(arrays.checked(gray.convert("La")), np.dstack([GRAY] * 3))


def test_pixels_as_text_are_named_in_short_with_what_makes_a_face_of_them():
    text = " ".join(str(level) for level in np.resize(GRAY, 48 * 48))
    with pytest.raises(ValueError) as error:
        arrays.checked(text)
    assert len(str(error.value)) < 400
    assert "give np.array(it.split(), np.uint8).reshape(1, 48, 48)" in str(error.value)
    face = np.array(text.split(), np.uint8).reshape(1, 48, 48)
    np.testing.assert_array_equal(arrays.checked(face).ravel(), np.resize(GRAY, 48 * 48))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            np.float32(GRAY / 255) * 1.0000001 + 1e-6,
            "give np.uint8(np.rint(255 * it.clip(0, 1))), of levels from 0 to 1",
        ),
        (GRAY / 255 * 1.2 - 0.1, "give np.uint8(np.rint(255 * it.clip(0, 1))), of levels from 0 to 1"),
        (GRAY * 1.1 - 10, "give np.uint8(np.rint(it.clip(0, 255))), of levels from 0 to 255"),
    ],
)
def test_levels_that_resizing_has_driven_beyond_white_are_cut_there(given, said):
    with pytest.raises(ValueError) as error:
        arrays.checked(given)
    assert said in str(error.value)


def test_one_picture_is_no_faces_and_faces_are_of_their_size():
    np.testing.assert_array_equal(arrays.picture(np.dstack([RGB, GRAY])), RGB)
    with pytest.raises(ValueError, match="one picture after the other"):
        arrays.picture(np.zeros((9, 48, 48), np.uint8))
    assert arrays.faces(np.zeros((0, 48, 48), np.uint8), 48).shape == (0, 48, 48)
    for others in (np.zeros((9, 50, 50), np.uint8), RGB, GRAY):
        with pytest.raises(ValueError, match=r"give gray faces \(face, 48, 48\)"):
            arrays.faces(others, 48)
