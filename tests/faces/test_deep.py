"""TIFF and PNG of more than eight bits a channel are read with all of them, however their channels lie."""

from io import BytesIO

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from mien.faces import decoding, pictures

RGB = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
RGB[0, 0] = 255
ALPHA = np.tile(np.linspace(1, 255, 56).astype(np.uint8), (40, 1))
ALPHA[0, 0] = 255

DEPTHS = {
    "8 bits": lambda grey: grey,
    "16 bits": lambda grey: grey.astype(np.uint16) * 257,
    "12 in 16 bits": lambda grey: np.rint(grey / 255 * 4095).astype(np.uint16),
    "8 in 16 bits": lambda grey: grey.astype(np.uint16),
    "32 bits": lambda grey: grey.astype(np.uint32) * 257,
    "half fractions": lambda grey: np.float16(grey / 255),
    "fractions": lambda grey: np.float32(grey / 255),
    "fractions of 64 bits": lambda grey: grey / 255,
}


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of (y, x, channel) RGB, or RGB and alpha."""
    order = [2, 1, 0, 3][: pixels.shape[2]]
    return cv2.imencode(".png", np.ascontiguousarray(pixels[..., order]))[1].tobytes()


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"planarconfig": "separate"},
        {"planarconfig": "separate", "byteorder": ">"},
        {"planarconfig": "separate", "tile": (16, 16)},
        {"planarconfig": "separate", "compression": "zlib"},
        {"bigtiff": True, "byteorder": ">"},
        {"bigtiff": True, "byteorder": "<"},
    ],
    ids=["together", "apart", "apart, Motorola's", "apart, tiled", "apart, deflated", "BigTIFF, Motorola's", "BigTIFF"],
)
def test_the_colours_of_a_tiff_are_read_whatever_their_depth_and_order(depth, channels, how, tmp_path):
    meant = np.dstack([RGB, ALPHA])[..., :channels]
    levels = DEPTHS[depth](meant)
    levels = np.moveaxis(levels, -1, 0) if "planarconfig" in how else levels
    tifffile.imwrite(tmp_path / "a.tif", levels, photometric="rgb", **how)
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.tif"), meant)
    np.testing.assert_array_equal(decoding.decoded(BytesIO((tmp_path / "a.tif").read_bytes()), "a"), meant)


@pytest.mark.parametrize("depth", ["16 bits", "12 in 16 bits", "8 in 16 bits"])
@pytest.mark.parametrize("channels", [3, 4])
def test_the_colours_of_a_png_are_brought_to_eight_bits_as_gray_is(depth, channels, tmp_path):
    meant = np.dstack([RGB, ALPHA])[..., :channels]
    (tmp_path / "a.png").write_bytes(png(DEPTHS[depth](meant)))
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.png"), meant)


@pytest.mark.parametrize("depth", ["16 bits", "half fractions", "fractions"])
def test_gray_with_alpha_is_read_from_tiff(depth, tmp_path):
    meant = np.dstack([RGB[..., 0], ALPHA])
    tifffile.imwrite(tmp_path / "a.tif", DEPTHS[depth](meant), photometric="minisblack", planarconfig="contig")
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.tif"), meant)


def test_colours_that_are_stored_times_alpha_are_as_pillow_has_them(tmp_path):
    stored = np.dstack([np.minimum(RGB, ALPHA[..., None]), ALPHA])
    tifffile.imwrite(tmp_path / "a.tif", stored.astype(np.uint16) * 257, photometric="rgb", extrasamples=["assocalpha"])
    meant = Image.frombytes("RGBa", (56, 40), stored.tobytes()).convert("RGBA")
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.tif"), np.asarray(meant))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["apart", "together", "compressed", "png"])
def test_a_deep_picture_is_turned_as_one_of_eight_bits(turn, kind, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = turn
    gray = RGB[..., 0]
    Image.fromarray(gray if kind == "compressed" else RGB).save(tmp_path / "eight.png", exif=exif)
    path, eight, deep = tmp_path / "a", (tmp_path / "eight.png").read_bytes(), RGB.astype(np.uint16) * 257
    if kind == "png":
        start = eight.index(b"eXIf") - 4
        end = start + 12 + int.from_bytes(eight[start : start + 4])
        path.write_bytes(png(deep)[:33] + eight[start:end] + png(deep)[33:])
    elif kind == "compressed":
        Image.fromarray(np.float32(gray / 255)).save(path, "TIFF", compression="tiff_lzw", tiffinfo={274: turn})
    else:
        stored, how = (np.moveaxis(deep, -1, 0), "separate") if kind == "apart" else (deep, "contig")
        extra = [(274, "H", 1, turn, True)]
        tifffile.imwrite(path, stored, photometric="rgb", planarconfig=how, extratags=extra)
    np.testing.assert_array_equal(pictures.read(path), pictures.read(tmp_path / "eight.png"))


@pytest.mark.parametrize("depth", ["16 bits", "12 in 16 bits", "fractions"])
def test_what_tifffile_does_not_decompress_opencv_does(depth, tmp_path):
    levels = np.ascontiguousarray(DEPTHS[depth](RGB)[..., ::-1])
    lzw = [cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_LZW]
    (tmp_path / "a.tif").write_bytes(cv2.imencode(".tif", levels, lzw)[1].tobytes())
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.tif"), RGB)


def test_colours_apart_that_nobody_decompresses_are_refused(tmp_path):
    levels = np.moveaxis(np.float32(RGB / 255), -1, 0)
    tifffile.imwrite(tmp_path / "a.tif", levels, photometric="rgb", planarconfig="separate", compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        file.pages[0].tags["Compression"].overwrite(tifffile.COMPRESSION.LZW)
    with pytest.raises(ValueError, match="it is TIFF, and damaged or of a kind that is not known: save it as PNG"):
        pictures.read(tmp_path / "a.tif")


@pytest.mark.parametrize("planar", ["separate", "contig"])
def test_a_deep_picture_that_breaks_off_is_refused(planar, tmp_path):
    levels = RGB.astype(np.uint16) * 257
    levels = np.moveaxis(levels, -1, 0) if planar == "separate" else levels
    tifffile.imwrite(tmp_path / "a.tif", levels, photometric="rgb", planarconfig=planar)
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:-3000])
    with pytest.raises(ValueError, match="a.tif is not a picture that can be read"):
        pictures.read(tmp_path / "a.tif")


def test_too_large_a_picture_is_refused_before_it_is_read(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", RGB.astype(np.uint16), photometric="rgb")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ValueError, match="million pixels: shrink it"):
        pictures.read(tmp_path / "a.tif")


def test_of_deep_pages_the_first_is_read_and_that_is_said(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.stack([RGB, 255 - RGB]).astype(np.uint16), photometric="rgb")
    with pytest.warns(UserWarning, match=r"a\.tif has several pages: only the first is looked at"):
        np.testing.assert_array_equal(pictures.read(tmp_path / "a.tif"), RGB)
